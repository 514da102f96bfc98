import Bytes
import CKernels
import Tensors

extension Resampler {
    /// [channels, extents…] on the grid laid over it.
    static func place(_ tensor: Tensor, _ grid: PlacedGrid, _ interpolation: Interpolation) throws(OsteonError) -> Tensor {
        guard interpolation != .area, [2, 3].contains(grid.rank) else {
            throw OsteonError(.unsupported, "An image of \(grid.rank) axes isn't resampled in space by \(interpolation.rawValue).")
        }
        let isNearest = interpolation == .nearest
        let source = isNearest ? tensor : try tensor.converted(to: .f32)
        let result = try Tensor(uninitialized: source.elementType, [tensor.shape[0]] + grid.output)
        let theta = try grid.normalized()
        var place = osteon_place()
        place.planes = tensor.shape[0]
        place.rank = Int32(grid.rank)
        place.element = source.elementType.byteCount
        place.corners = grid.alignsCorners ? 1 : 0
        place.nearest = isNearest ? 1 : 0
        place.single = grid.isSingle ? 1 : 0
        place.input = grid.input.three
        place.output = grid.output.three
        func row(_ row: Int) -> (Double, Double, Double, Double) {
            func at(_ column: Int) -> Double { row < grid.rank && column <= grid.rank ? theta[row, column] : 0 }
            return (at(0), at(1), at(2), at(3))
        }
        place.theta = (row(0), row(1), row(2))
        VolumeKernels.place(place, (0..<grid.rank).map(grid.line), source, into: result)
        return result
    }
}
