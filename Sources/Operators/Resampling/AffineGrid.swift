import Bytes
import GraphIR
import Tensors

/// The sampling grid of affine maps, in 2D or 3D (ONNX and PyTorch `affine_grid`).
///
/// `theta` is N × 2 × 3 or N × 3 × 4, `size` the shape N C [D] H W of the tensor to be made; the grid is N [D] H W and the
/// coordinates, x first, as `GridSample` takes it.
package struct AffineGrid: Operator {
    package var alignCorners = false

    package init() {}
    package init(alignCorners: Bool) { self.alignCorners = alignCorners }

    package static var signature: Signature { Signature([.required("theta"), .required("size")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("align_corners", &alignCorners)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let theta = try context.floatInput()
        if let shape = theta.shape {
            guard shape.count == 3 else { throw invalidGraph("theta must be of rank 3, not \(theta).") }
        }
        guard let size = try context.shapeInput(1) else { return [TensorType(theta.elementType, nil)] }
        guard size.count == 4 || size.count == 5 else { throw invalidGraph("A size of \(size.count) extents, not 4 or 5.") }
        let axes = size.count - 2
        if let shape = theta.shape {
            _ = try Dimension.unified(shape[0], size[0])
            _ = try Dimension.unified(shape[1], .fixed(axes))
            _ = try Dimension.unified(shape[2], .fixed(axes + 1))
        }
        return [TensorType(theta.elementType, [size[0]] + Array(size[2...]) + [.fixed(axes)])]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let theta = try context.input(0)
        let y = try context.makeOutput(0, theta.elementType, try outputShape(context))
        try dispatchFloat(theta.elementType, Body(theta: theta, y: y, alignCorners: alignCorners))
    }

    private struct Body: FloatBody {
        let theta: Tensor, y: Tensor, alignCorners: Bool

        func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
            let matrix = theta.elements(T.self)
            var result = y.mutableElements(T.self)
            let axes = y.shape[y.rank - 1]
            let spatial = Array(y.shape[1..<y.rank - 1])
            guard y.count > 0 else { return }
            let volume = RowMajor.count(spatial)
            let strides = RowMajor.strides(spatial)
            try MemoryBudget.current.check(spatial.max() ?? 0, of: spatial.count * MemoryLayout<Double>.stride)
            let coordinates = spatial.map { extent in (0..<extent).map { coordinate($0, extent) } }
            var place = [Double](repeating: 0, count: axes)
            for n in 0..<y.shape[0] {
                for position in 0..<volume {
                    for axis in 0..<axes {
                        // x counts along the last axis.
                        let spatialAxis = axes - 1 - axis
                        place[axis] = coordinates[spatialAxis][position / strides[spatialAxis] % spatial[spatialAxis]]
                    }
                    for row in 0..<axes {
                        let first = (n * axes + row) * (axes + 1)
                        var sum = Double(matrix[first + axes])
                        for axis in 0..<axes { sum += Double(matrix[first + axis]) * place[axis] }
                        result[(n * volume + position) * axes + row] = T(sum)
                    }
                }
            }
        }

        private func coordinate(_ place: Int, _ extent: Int) -> Double {
            if alignCorners { return extent == 1 ? -1 : 2 * Double(place) / Double(extent - 1) - 1 }
            return (2 * Double(place) + 1) / Double(extent) - 1
        }
    }
}
