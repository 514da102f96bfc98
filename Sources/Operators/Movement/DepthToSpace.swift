import Bytes
import GraphIR
import Tensors

/// Channels moved into square blocks of H and W: N, C, H, W becomes N, C / b², H · b, W · b.
///
/// Mode `dcr` takes the block's place from the channels' slower part (depth-column-row), `crd` from the faster.
package struct DepthToSpace: Operator {
    package enum Mode: String, AttributeEnum { case dcr, crd }

    package var blockSize = 1
    package var mode = Mode.dcr

    package init() {}
    package init(blockSize: Int, mode: Mode = .dcr) {
        self.blockSize = blockSize
        self.mode = mode
    }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("block_size", &blockSize)
        try visitor.visit("mode", &mode)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard blockSize >= 1 else { throw invalidGraph("A block can't be \(blockSize) long.") }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        guard shape.count == 4 else { throw invalidGraph("Needs an input of rank 4, not \(x).") }
        let block = try Checked.multiply(blockSize, blockSize)
        var channels = Dimension.unknown
        if let extent = shape[1].fixed {
            guard extent % block == 0 else {
                throw invalidGraph("\(extent) channels can't be split into blocks of \(block).")
            }
            channels = .fixed(extent / block)
        }
        let side = Dimension.fixed(blockSize)
        return [
            TensorType(
                x.elementType,
                [shape[0], channels, try Dimension.product([shape[2], side]), try Dimension.product([shape[3], side])])
        ]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        let b = blockSize
        let channels = x.shape[1] / (b * b)
        let height = x.shape[2]
        let width = x.shape[3]
        let split =
            mode == .dcr ? [x.shape[0], b, b, channels, height, width] : [x.shape[0], channels, b, b, height, width]
        let order = mode == .dcr ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
        let steps = RowMajor.strides(split)
        try StridedCopy(from: x, strides: order.map { steps[$0] }, to: y.reshaped(order.map { split[$0] })).run()
    }
}
