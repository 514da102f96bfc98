import GraphIR
import Operators
import Tensors

/// Operators that may run on 16-bit floats where their inputs are: they neither sum over many elements nor take
/// exponentials. Normalisations, softmax and reductions go on in f32.
enum HalfSafety {
    static func isSafe(_ op: any Operator) -> Bool {
        if op.traits.contains(.movesBits) || op.traits.contains(.identity) || op.traits.contains(.view) { return true }
        switch op {
        case is Relu, is LeakyRelu, is PRelu, is Clip, is Add, is Subtract, is Multiply, is Maximum, is Minimum, is Negate, is Abs,
            is Concat, is MaxPool, is Resize, is Sigmoid, is Tanh, is HardSigmoid, is HardSwish, is Swish, is Elu, is Gelu, is Mish:
            return true
        default: return false
        }
    }
}

extension HalfSafety {
    /// Whether binary16 holds these numbers to its full precision: none beyond its range, none but 0 below its normal numbers.
    static func holds(_ values: [Float]) -> Bool {
        values.allSatisfy { $0 == 0 || (abs($0) <= 65504 && abs($0) >= 0x1p-14) }
    }
}

/// A batch normalisation's statistics and parameters as `y = x · scale + shift`.
struct FoldedNormalization {
    let scales: [Float]
    let shifts: [Float]

    /// nil where the node is no batch normalisation of constant, usable parameters.
    init?(_ node: Node, _ graph: Graph) {
        guard let op = node.op as? BatchNormalization, node.inputs.count == 5 else { return nil }
        var parameters: [[Double]] = []
        for input in node.inputs.dropFirst() {
            guard let tensor = graph.constant(input), tensor.elementType == .f32, let values = try? tensor.doubles() else { return nil }
            parameters.append(values)
        }
        let factors = zip(parameters[0], parameters[3]).map { $0 / ($1 + op.epsilon).squareRoot() }
        scales = factors.map { Float($0) }
        shifts = factors.indices.map { Float(parameters[1][$0] - parameters[2][$0] * factors[$0]) }
        guard (scales + shifts).allSatisfy(\.isFinite) else { return nil }
    }
}

/// Nodes through which rounding to 8 bits commutes exactly: they move elements, or pick the larger of some.
enum QuantizedMovement {
    static func isExact(_ node: Node, _ graph: Graph) -> Bool {
        guard let input = node.inputs.first, let input, graph.type(input).elementType == .f32 else { return false }
        switch node.op {
        case is Concat: return node.inputs.allSatisfy { $0.map { graph.constant($0) == nil } ?? false }
        case is MaxPool, is Transpose, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Slice, is Identity, is DepthToSpace,
            is SpaceToDepth:
            return graph.constant(input) == nil
        case let op as Resize: return op.mode == .nearest
        case let op as Pad:
            guard op.mode == .constant else { return true }
            guard node.inputs.count > 2, let value = node.inputs[2] else { return true }
            return graph.constant(value)?.unsafeBytes.allSatisfy { $0 == 0 } == true
        default: return false
        }
    }
}
