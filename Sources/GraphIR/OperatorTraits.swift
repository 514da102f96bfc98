import Bytes
import Tensors

/// What others may assume about an operator wherever it stands; `OperatorTraitsTests` hold each to be true.
package struct OperatorTraits: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Each output element depends on the elements at the same place of its inputs (after broadcasting), so the
    /// operator commutes with transposition and with merging of axes.
    package static let elementwise = OperatorTraits(rawValue: 1)
    /// The output is the input unchanged.
    package static let identity = OperatorTraits(rawValue: 2)
    /// The same elements in the same order under another shape: no data needs to move.
    package static let view = OperatorTraits(rawValue: 4)
    /// `f(a, b) == f(b, a)` bit for bit.
    package static let commutative = OperatorTraits(rawValue: 8)
    /// Copies element bits without arithmetic on them, so 16-bit floats need no widening.
    package static let movesBits = OperatorTraits(rawValue: 16)
    /// Neither sums over many elements nor takes exponentials, so that its inputs may as well be 16-bit floats.
    package static let safeInHalves = OperatorTraits(rawValue: 32)
    /// Never gives a negative number.
    package static let nonNegative = OperatorTraits(rawValue: 64)
    /// Makes numbers of few bits of floats.
    package static let quantizes = OperatorTraits(rawValue: 128)
    /// Makes floats of numbers of few bits: a constant that goes through it is small only before.
    package static let dequantizes = OperatorTraits(rawValue: 256)
    /// The types of the inputs may decide the result, though they aren't constants.
    package static let asksForTypes = OperatorTraits(rawValue: 512)
    /// Rises throughout with each of its inputs or falls throughout, whatever the others are, so that its extremes lie at theirs;
    /// NaNs aside.
    package static let monotonic = OperatorTraits(rawValue: 1024)
    /// The elements of its inputs decide how many it gives.
    package static let valuesDecideExtents = OperatorTraits(rawValue: 2048)
}

/// Where the elements of an operator's outputs come from, for one that computes none: each is a copy of an element of some
/// inputs, or fills a place that gets none.
///
/// Which element goes where hangs on places, on other inputs, or on the order of the elements (the largest of some), but not on
/// what they are otherwise: a rounding of all of them to fewer bits, or a multiplication by a positive number, may as well be
/// done before as behind. Outputs of another type (the places of maxima) aren't meant.
package struct ElementSelection: Sendable, Hashable {
    /// What fills places that get no element.
    package enum Fill: Sendable, Hashable {
        /// There are none such.
        case none
        /// The least number of the type, which comes before all elements.
        case lowest
        case number(Double)
        /// The one number of an input; 0 where that's left out.
        case input(Int)
    }

    /// The inputs whose elements come out, of the type of the outputs.
    package var inputs: [Int]
    package var fill: Fill
    /// Whether the order of the elements decides which come out.
    package var isByOrder: Bool

    package init(_ inputs: [Int], fill: Fill = .none, isByOrder: Bool = false) {
        self.inputs = inputs
        self.fill = fill
        self.isByOrder = isByOrder
    }

    /// All elements come from the first input.
    package static let first = ElementSelection([0])

    /// The inputs that multiply the result; nil where a fill stays as it is.
    package var homogeneousInputs: [Int]? {
        switch fill {
        case .none, .lowest: inputs
        case .number(let number): number == 0 ? inputs : nil
        case .input(let index): inputs + [index]
        }
    }
}

extension ElementSelection {
    /// Whether places that get no element get exact zeros.
    /// - Parameter context: of the use that was asked for its selection.
    package func fillsWithZeros(_ context: InferenceContext) -> Bool {
        switch fill {
        case .none, .lowest: false
        case .number(let number): number == 0
        case .input(let index):
            !context.has(index) || (try? context.constant(index)?.doubles())?.allSatisfy { $0 == 0 } == true
        }
    }

    /// Whether no place gets a number of its own: all get an element, or what comes before all.
    package var fillsNothing: Bool { fill == .none || fill == .lowest }
}

/// The input that a node gives out as it is.
package struct UnchangedInput: Sendable {
    package var input: Int
    /// Why, for people.
    package var reason: String
    /// Whether it comes out bit for bit; else either zero may be the other.
    package var isExact = true

    package init(_ reason: String, input: Int = 0, isExact: Bool = true) {
        self.input = input
        self.reason = reason
        self.isExact = isExact
    }
}

extension Operator {
    /// What a view that keeps the shape, or an identity, leaves unchanged.
    package func unchangedView(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        if traits.contains(.identity) { return UnchangedInput("an identity") }
        guard traits.contains(.view) else { return nil }
        return try unchangedShape(context)
    }

    /// The first input, where the result has its type and shape, and nothing else could be done to it.
    package func unchangedShape(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        let before = try context.input(0)
        guard let after = try inferTypes(context).first, after.elementType == before.elementType, after.hasShape(of: before) else {
            return nil
        }
        return UnchangedInput("the shape is \(before) already")
    }
}

extension TensorType {
    /// Whether the two shapes are known to be the same: extents equal, free ones by name.
    package func hasShape(of other: TensorType) -> Bool {
        guard let shape, shape == other.shape else { return false }
        return !shape.contains(.unknown)
    }

    /// The extent of `axis` where it's fixed.
    package func extent(_ axis: Int) -> Int? {
        guard let shape, shape.indices.contains(axis) else { return nil }
        return shape[axis].fixed
    }
}
