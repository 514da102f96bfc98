import Bytes
import GraphIR
import Operators
import Tensors

/// How bytes stand for floats: `(byte − zero) · scale`.
package struct ByteScale: Sendable, Hashable {
    /// `u8` or `i8`.
    package var type: ElementType
    package var scale: Float
    package var zero: Int32

    /// What a `QuantizeLinear` or `DequantizeLinear` says, where it's one scale for all.
    init?(_ node: Node, bytes: ElementType, _ graph: Graph) {
        guard bytes == .u8 || bytes == .i8, node.inputs.count > 1, let scale = graph.constant(node.inputs[1]) else { return nil }
        guard scale.elementType == .f32, scale.count == 1, scale.rank <= 1, let value = try? scale.array(Float.self)[0] else { return nil }
        guard value.isFinite, value > 0 else { return nil }
        type = bytes
        self.scale = value
        zero = 0
        guard node.inputs.count > 2, let input = node.inputs[2] else { return }
        guard let given = try? graph.constant(input)?.integers(), given.count == 1 else { return nil }
        zero = Int32(clamping: given[0])
    }
}

extension ByteScale {
    /// The byte that stands for a number, as `QuantizeLinear` rounds it.
    func byte(_ number: Float) throws(OsteonError) -> Tensor {
        let zero = try Tensor(scalar: Int64(zero)).converted(to: type)
        return try QuantizeLinear().evaluate([Tensor(scalar: number), Tensor(scalar: scale), zero])[0]
    }
}

/// What an integer kernel computes with.
package struct QuantizedFacts: Sendable {
    package var input: ByteScale
    /// Of type `i8` with zero point 0.
    package var weights: Tensor
    /// One for all, or one an output channel (of a group).
    package var weightScales: [Float]
}
