import Bytes
import GraphIR
import Operators
import Tensors
import TestSupport

/// One conformance case as something that traits are asked about and held to: an operator on inputs that can be exchanged.
struct OperatorUse: CustomStringConvertible {
    var name: String
    var op: any Operator
    var inputs: [Tensor?]
    var outputCount: Int

    /// All cases, their inputs all constants.
    static func all() throws -> [OperatorUse] {
        try OperatorCases.all.map {
            OperatorUse(name: "\($0)", op: $0.op, inputs: try $0.inputTensors(), outputCount: $0.expected.count)
        }
    }

    var description: String { name }

    var context: InferenceContext {
        InferenceContext(inputs: inputs.map { $0?.type }, constants: inputs, outputCount: outputCount)
    }

    func outputs() throws -> [Tensor] { try op.evaluate(inputs, outputCount: outputCount) }

    /// Whether every input of floats is of a type that numbers can be multiplied in without leaving it.
    var isWide: Bool { inputs.allSatisfy { $0?.elementType.isHalf != true } }

    /// With an input replaced by what `change` makes of its numbers.
    func changing(_ index: Int, _ change: ([Double]) -> [Double]) throws -> OperatorUse {
        guard let tensor = inputs[index] else { return self }
        var result = self
        result.inputs[index] = try Tensor(change(tensor.doubles()), shape: tensor.shape).converted(to: tensor.elementType)
        return result
    }

    /// With noise of that size for the first input, where it's of floats.
    func noisy(_ scale: Double) throws -> OperatorUse {
        guard let tensor = inputs.first ?? nil, tensor.elementType.isFloat else { return self }
        var result = self
        result.inputs[0] = try Sample.noise(tensor.elementType, tensor.shape, seed: 7, scale: scale).tensor()
        return result
    }
}

/// The largest difference, relative to the largest number of the two; NaNs and infinities must be the same.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    var difference = 0.0
    var largest = 1e-30
    for (x, y) in zip(a, b) where x != y && !(x.isNaN && y.isNaN) {
        guard x.isFinite, y.isFinite else { return .infinity }
        difference = max(difference, abs(x - y))
    }
    for x in a + b where x.isFinite { largest = max(largest, abs(x)) }
    return difference / largest
}
