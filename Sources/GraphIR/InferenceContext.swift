import Bytes
import Tensors

/// What an operator knows when it infers its output types.
package struct InferenceContext: Sendable {
    /// The input types; nil for an input left out.
    package var inputs: [TensorType?]
    /// The values of inputs that are constants, where they're small enough to matter for shapes.
    package var constants: [Tensor?]
    /// How many outputs the node has.
    package var outputCount: Int

    package init(inputs: [TensorType?], constants: [Tensor?] = [], outputCount: Int = 1) {
        self.inputs = inputs
        self.constants = constants
        self.outputCount = outputCount
    }

    /// Replaces an input by a constant, or leaves it out.
    package mutating func set(_ index: Int, _ tensor: Tensor?) {
        while inputs.count <= index { inputs.append(nil) }
        while constants.count <= index { constants.append(nil) }
        (inputs[index], constants[index]) = (tensor?.type, tensor)
    }

    package func has(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    /// The type of a required input.
    package func input(_ index: Int) throws(OsteonError) -> TensorType {
        guard index < inputs.count, let type = inputs[index] else {
            throw OsteonError(.invalidGraph, "Input \(index) is missing.")
        }
        return type
    }

    /// The type of an optional input.
    package func optionalInput(_ index: Int) -> TensorType? { index < inputs.count ? inputs[index] : nil }

    /// The value of an input, where it's a constant.
    package func constant(_ index: Int) -> Tensor? { index < constants.count ? constants[index] : nil }

    /// The value of an integer input, where it's a constant.
    package func integers(_ index: Int) throws(OsteonError) -> [Int]? { try constant(index)?.integers() }

    /// The first input's type, unchanged.
    package func sameAsFirst() throws(OsteonError) -> [TensorType] { [try input(0)] }
}
