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

    /// What's true of the operator wherever it stands.
    var traits: OperatorTraits { get }

    /// The inputs of floats that say where or how far, not what, as the scales of a resize do: their numbers stay exact where the
    /// data is rounded, since an extent may depend on them.
    var placementInputs: [Int] { get }

    // What hangs on the use is asked with the types of the inputs, and the values of those that are constants.

    /// Where the elements of the outputs come from, for an operator that computes none of them; nil for one that does.
    func selection(_ context: InferenceContext) -> ElementSelection?

    /// The inputs that, multiplied by some k > 0 all together, multiply every output of floats by k while the other inputs
    /// stay; nil where there are none.
    func homogeneousInputs(_ context: InferenceContext) -> [Int]?

    /// How the axes of the data become those of the outputs; nil where that can't be told.
    func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping?

    /// The input that comes out as it is, where this use of the operator does nothing.
    func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput?

    /// The parameters that multiply and shift each channel of the result, where there are such.
    func channelParameters(_ context: InferenceContext) -> ChannelParameters?

    /// What a layer whose precision can be chosen says of its inputs; nil where its precision is no choice.
    func layer(_ context: InferenceContext) -> LayerTraits?

    /// Numbers for an input that says how, not what (sizes, axes, counts): such as leave the data as it is, where that's possible.
    /// - Parameters:
    ///   - count: how many numbers the input holds.
    ///   - data: the shape of the first input, where it's fixed.
    /// - Returns: nil for an input that is data, or where none fit.
    func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]?

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
    package var placementInputs: [Int] { [] }
    package func selection(_ context: InferenceContext) -> ElementSelection? {
        traits.isDisjoint(with: [.view, .identity]) ? nil : .first
    }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { selection(context)?.homogeneousInputs }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        traits.contains(.elementwise) ? .elementwise(context, self) : nil
    }
    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? { try unchangedView(context) }
    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? { nil }
    package func layer(_ context: InferenceContext) -> LayerTraits? { nil }
    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? { nil }
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
