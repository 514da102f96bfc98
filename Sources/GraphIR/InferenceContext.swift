import Bytes
import Tensors

/// What an operator knows when it infers its output types.
public struct InferenceContext: Sendable {
    /// The input types; nil for an input left out.
    public var inputs: [TensorType?]
    /// The values of inputs that are constants, where they're small enough to matter for shapes.
    public var constants: [Tensor?]
    /// How many outputs the node has.
    public var outputCount: Int

    public init(inputs: [TensorType?], constants: [Tensor?] = [], outputCount: Int = 1) {
        self.inputs = inputs
        self.constants = constants
        self.outputCount = outputCount
    }

    public func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The type of a required input.
    public func input(_ index: Int) throws(OsteonError) -> TensorType {
        guard index < inputs.count, let type = inputs[index] else {
            throw OsteonError(.invalidGraph, "Input \(index) is missing.")
        }
        return type
    }

    /// The type of an optional input.
    public func optionalInput(_ index: Int) -> TensorType? { index < inputs.count ? inputs[index] : nil }

    /// The value of an input, where it's a constant.
    public func constant(_ index: Int) -> Tensor? { index < constants.count ? constants[index] : nil }

    /// The value of an integer input, where it's a constant.
    public func integers(_ index: Int) throws(OsteonError) -> [Int]? { try constant(index)?.integers() }

    /// The first input's type, unchanged.
    public func sameAsFirst() throws(OsteonError) -> [TensorType] { [try input(0)] }
}
