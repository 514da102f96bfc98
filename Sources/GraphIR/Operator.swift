import Bytes
import Tensors

/// What a node computes: a value type whose stored properties are the attributes.
///
/// An operator lives in one file of `Operators` and one line of its catalogue. The type's name is its id in
/// files and never changes. `init()` gives every attribute its default.
package protocol Operator: Sendable {
    /// The id in files; the type's name.
    static var id: String { get }
    /// The inputs and outputs, in order.
    static var signature: Signature { get }

    init()

    /// Walks the attributes in order; see `AttributeVisitor`.
    mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError)

    /// The types of the outputs, from the types of the inputs and what's known of their values.
    ///
    /// An extent that isn't known yet is `.unknown`; once all inputs are fixed (and the constants it depends on
    /// are folded) every extent must be, except where the values themselves decide it (`NonZero`).
    /// - Throws: `.invalidGraph` where the inputs don't fit the operator.
    func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType]

    /// The same operator with what the input types decide written into its attributes; nil where nothing is left open, or still is.
    func settled(_ context: InferenceContext) throws(OsteonError) -> (any Operator)?

    /// The plain reference evaluation: reads the inputs, makes and fills every output asked for.
    func evaluate(_ context: EvaluationContext) throws(OsteonError)

    /// The outputs where the input types and constants alone decide them (`Shape`), or nil.
    func evaluateFromTypes(_ context: InferenceContext) throws(OsteonError) -> [Tensor]?

    /// What rewrites may assume.
    var traits: OperatorTraits { get }

    /// Multiply-accumulates for these fixed types; 0 where they are negligible.
    func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int

    /// How each spatial axis of an output element looks at the input; nil for operators that see one place
    /// (elementwise) or where the notion doesn't apply.
    func window(inputs: [TensorType?]) -> [WindowAxis]?
}

extension Operator {
    package static var id: String { String(describing: Self.self) }
    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {}
    package func evaluateFromTypes(_ context: InferenceContext) throws(OsteonError) -> [Tensor]? { nil }
    package func settled(_ context: InferenceContext) throws(OsteonError) -> (any Operator)? { nil }
    package var traits: OperatorTraits { [] }
    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int { 0 }
    package func window(inputs: [TensorType?]) -> [WindowAxis]? { nil }
}

/// The names of an operator's inputs and outputs.
package struct Signature: Sendable {
    package struct Input: Sendable {
        package enum Kind: Sendable { case required, optional, variadic }
        package var name: String
        package var kind: Kind

        package static func required(_ name: String) -> Input { Input(name: name, kind: .required) }
        /// May be left out (nil in the node's inputs).
        package static func optional(_ name: String) -> Input { Input(name: name, kind: .optional) }
        /// Any number of inputs, one at least; only as the last.
        package static func variadic(_ name: String) -> Input { Input(name: name, kind: .variadic) }
    }

    package var inputs: [Input]
    /// The first is always there, the others may be left out of a node.
    package var outputs: [String]
    /// Whether a node may have any number of outputs (`Split`).
    package var hasVariadicOutputs: Bool

    package init(_ inputs: [Input], _ outputs: [String] = ["y"], hasVariadicOutputs: Bool = false) {
        self.inputs = inputs
        self.outputs = outputs
        self.hasVariadicOutputs = hasVariadicOutputs
    }

    /// The commonest form: one input `x`, one output `y`.
    package static let unary = Signature([.required("x")])
    package static let binary = Signature([.required("a"), .required("b")])
}

/// What rewrites may assume about an operator.
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
}

/// One spatial axis of a sliding-window operator.
package struct WindowAxis: Sendable, Hashable {
    package var kernel: Int
    package var dilation: Int
    /// Input steps for an output step; below 1 for transposed convolutions and upsampling.
    package var stride: Double

    package init(kernel: Int, stride: Double, dilation: Int = 1) {
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
    }
}

extension Operator {
    /// The attributes in order, with their values.
    package var attributes: [(name: String, value: AttributeValue)] {
        var collector = AttributeCollector()
        var copy = self
        try? copy.visitAttributes(&collector)  // collecting doesn't throw
        return collector.values
    }

    /// The attributes that differ from their defaults, in order: what's written and printed.
    package var changedAttributes: [(name: String, value: AttributeValue)] {
        zip(attributes, Self.init().attributes).filter { $0.value != $1.value }.map(\.0)
    }

    /// An operator with these attributes set and the others at their defaults.
    package static func decode(_ values: [String: AttributeValue]) throws(OsteonError) -> Self {
        var result = Self()
        var assigner = AttributeAssigner(values)
        try result.visitAttributes(&assigner)
        try assigner.finish()
        return result
    }

    /// Whether `other` is the same operator with the same attributes.
    package func isEqual(to other: any Operator) -> Bool {
        Self.id == type(of: other).id && attributes.elementsEqual(other.attributes) { $0.name == $1.name && $0.value == $1.value }
    }
}
