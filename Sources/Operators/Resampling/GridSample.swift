import Bytes
import GraphIR
import Tensors

/// The input looked up at given places, in 2D or 3D (ONNX and PyTorch `grid_sample`).
///
/// `x` is N C [D] H W, `grid` N [D] H W and the coordinates, x (along W) first, from −1 to 1: the centres of the first and
/// last places with `alignCorners`, else their outer edges. `padding` says what lies outside.
package struct GridSample: Operator {
    package enum Mode: String, AttributeEnum { case linear, nearest, cubic }
    package enum Padding: String, AttributeEnum { case zeros, border, reflection }

    package var mode = Mode.linear
    package var padding = Padding.zeros
    package var alignCorners = false

    package init() {}
    package init(mode: Mode, padding: Padding = .zeros, alignCorners: Bool = false) {
        self.mode = mode
        self.padding = padding
        self.alignCorners = alignCorners
    }

    package static var signature: Signature { Signature([.required("x"), .required("grid")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("mode", &mode)
        try visitor.visit("padding", &padding)
        try visitor.visit("align_corners", &alignCorners)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let grid = try context.floatInput(1)
        guard let rank = x.rank ?? grid.rank else { return [TensorType(x.elementType, nil)] }
        guard rank == 4 || rank == 5, grid.rank ?? rank == rank else {
            throw invalidGraph("Needs an input and a grid of rank 4 or 5, not \(x) and \(grid).")
        }
        var shape = [Dimension](repeating: .unknown, count: rank)
        if let known = x.shape { shape.replaceSubrange(..<2, with: known[..<2]) }
        if let known = grid.shape {
            shape[0] = try Dimension.unified(shape[0], known[0])
            if let axes = known[rank - 1].fixed, axes != rank - 2 {
                throw invalidGraph("The grid has \(axes) coordinates a place, not \(rank - 2).")
            }
            shape.replaceSubrange(2..., with: known[1..<rank - 1])
        }
        return [TensorType(x.elementType, shape)]
    }
}
