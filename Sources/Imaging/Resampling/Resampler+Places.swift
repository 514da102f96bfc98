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
        withUnsafeMutableBytes(of: &place.input) { field in
            for (axis, extent) in grid.input.enumerated() { field.storeBytes(of: Int32(extent), toByteOffset: 4 * axis, as: Int32.self) }
        }
        withUnsafeMutableBytes(of: &place.output) { field in
            for (axis, extent) in grid.output.enumerated() { field.storeBytes(of: Int32(extent), toByteOffset: 4 * axis, as: Int32.self) }
        }
        withUnsafeMutableBytes(of: &place.theta) { field in
            for row in 0..<grid.rank {
                for column in 0...grid.rank {
                    field.storeBytes(of: theta[row, column], toByteOffset: 8 * (4 * row + column), as: Double.self)
                }
            }
        }
        let lines = (0..<grid.rank).map(grid.line)
        lines[0].withUnsafeBufferPointer { a in
            lines[1].withUnsafeBufferPointer { b in
                lines[grid.rank - 1].withUnsafeBufferPointer { c in
                    place.line = (a.baseAddress, b.baseAddress, c.baseAddress)
                    osteon_place_run(&place, source.unsafeBytes.baseAddress, result.unsafeMutableBytes.baseAddress, threads)
                }
            }
        }
        withExtendedLifetime(source) {}
        return result
    }
}
