import Bytes
import GraphIR
import Tensors

/// Adds the columns of sliding blocks back into an image: the transpose of taking blocks apart.
///
/// `x` is N, C · block elements, blocks; the result N, C and `imageShape`. Lists have one number a spatial axis, `pads`
/// beginnings and then ends; empty for ones (`dilations`, `strides`) and zeros (`pads`).
package struct Col2Im: Operator {
    package var dilations: [Int] = []
    package var pads: [Int] = []
    package var strides: [Int] = []

    package init() {}
    package init(dilations: [Int], pads: [Int] = [], strides: [Int] = []) {
        self.dilations = dilations
        self.pads = pads
        self.strides = strides
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("image_shape"), .required("block_shape")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("dilations", &dilations)
        try visitor.visit("pads", &pads)
        try visitor.visit("strides", &strides)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.rank ?? 3 == 3 else { throw invalidGraph("Needs an input of rank 3, not \(x).") }
        guard x.elementType != .bool else { throw invalidGraph("No sums of bools.") }
        guard let image = try context.shapeInput(1) else { return [TensorType(x.elementType, nil)] }
        let extents = TensorType(.i64, image).fixedShape
        var channels = Dimension.unknown
        if let block = try context.integers(2) {
            let count = try Checked.product(block)
            if let rows = x.shape?[1].fixed {
                guard count > 0, rows % count == 0 else {
                    throw invalidGraph("\(rows) rows aren't whole blocks of \(block).")
                }
                channels = .fixed(rows / count)
            }
            if let extents {
                let window = try window(block: block, image: extents)
                if let columns = x.shape?[2].fixed, try Checked.product(window.map(\.output)) != columns {
                    throw invalidGraph("\(columns) columns, but the image has another number of blocks.")
                }
            }
        }
        return [TensorType(x.elementType, [x.shape?[0] ?? .unknown, channels] + image)]
    }

    private func window(block: [Int], image: [Int]) throws(OsteonError) -> [SpatialWindow.ResolvedAxis] {
        try SpatialWindow(kernel: block, strides: strides, dilations: dilations, pads: pads).resolved(input: image)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        y.clear()
        guard y.count > 0, x.count > 0 else { return }
        let axes = try window(block: context.input(2).integers(), image: context.input(1).integers())
        try dispatch(x.elementType, Body(x: x, y: y, axes: axes))
    }

    private struct Body: NumericBody {
        let x: Tensor, y: Tensor, axes: [SpatialWindow.ResolvedAxis]

        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let image = RowMajor.strides(axes.map(\.input))
            let volume = RowMajor.count(axes.map(\.input))
            let taps = axes.map(\.kernel)
            let blocks = axes.map(\.output)
            let rows = RowMajor.count(taps)
            let columns = RowMajor.count(blocks)
            for plane in 0..<y.shape[0] * y.shape[1] {
                for row in 0..<rows {
                    for column in 0..<columns {
                        var offset = plane * volume
                        var tap = row
                        var block = column
                        var isInside = true
                        for axis in axes.indices.reversed() {
                            let window = axes[axis]
                            let place =
                                block % blocks[axis] * window.stride + tap % taps[axis] * window.dilation - window.padBegin
                            block /= blocks[axis]
                            tap /= taps[axis]
                            if place < 0 || place >= window.input {
                                isInside = false
                                break
                            }
                            offset += place * image[axis]
                        }
                        guard isInside else { continue }
                        result[offset] = T.adding(result[offset], source[(plane * rows + row) * columns + column])
                    }
                }
            }
        }
    }
}
