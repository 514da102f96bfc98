import Bytes
import GraphIR
import Tensors

/// Square blocks of H and W moved into channels: N, C, H, W becomes N, C · b², H / b, W / b, the block's place slowest.
package struct SpaceToDepth: Operator {
    package var blockSize = 1

    package init() {}
    package init(blockSize: Int) {
        self.blockSize = blockSize
    }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("block_size", &blockSize)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard blockSize >= 1 else { throw invalidGraph("A block can't be \(blockSize) long.") }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        guard shape.count == 4 else { throw invalidGraph("Needs an input of rank 4, not \(x).") }
        let block = try Checked.multiply(blockSize, blockSize)
        var result = [shape[0], try Dimension.product([shape[1], .fixed(block)])]
        for dimension in shape[2...] {
            guard let extent = dimension.fixed else {
                result.append(blockSize == 1 ? dimension : .unknown)
                continue
            }
            guard extent % blockSize == 0 else {
                throw invalidGraph("An extent of \(extent) can't be split into blocks of \(blockSize).")
            }
            result.append(.fixed(extent / blockSize))
        }
        return [TensorType(x.elementType, result)]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        let b = blockSize
        let split = [x.shape[0], x.shape[1], x.shape[2] / b, b, x.shape[3] / b, b]
        let order = [0, 3, 5, 1, 2, 4]
        let steps = RowMajor.strides(split)
        try StridedCopy(from: x, strides: order.map { steps[$0] }, to: y.reshaped(order.map { split[$0] })).run()
    }
}
