import Bytes
import Imaging
import Metrics
import Tensors

/// Slices of a case for people to look at: the model's mask as a tint, the reference's as an outline, a colour a structure.
enum SliceOverlay {
    /// The longer side of a picture, in pixels, at most.
    private static let scale = SliceScale.fitted(longest: 312)
    /// The share of a structure's colour where the model's mask is.
    private static let tint = 0.45

    /// A plane with what's where, for below its picture.
    static func caption(_ plane: String) -> String { SlicePlane.all.first { $0.name == plane }?.caption ?? plane }

    /// One slice a plane, through the place where most voxels are in dispute.
    /// - Parameters:
    ///   - image: the scan, on its own grid; its first channel is shown.
    ///   - predictions: a mask a structure, on the same grid.
    ///   - references: likewise.
    static func pictures(
        _ image: Volume, predictions: [Mask], references: [Mask]
    ) throws(OsteonError) -> [CaseRecord.Picture] {
        guard image.spatialRank == 3, (predictions + references).allSatisfy({ $0.shape == image.extents }) else { return [] }
        let grid = try SliceGrid(image.grid)
        let slices = busiest(grid, count: image.voxelCount, predictions, references)
        let values = try image.channel(0).tensor.converted(to: .f32)
        return try SlicePlane.all.map { (plane) throws(OsteonError) -> CaseRecord.Picture in
            let view = grid.view(plane, slice: slices[plane.along], scale)
            let pixels = draw(view, values, predictions, references)
            return CaseRecord.Picture(plane: plane.name, png: try PNG.encoded(pixels, width: view.width, height: view.height, channels: 3))
        }
    }

    /// For each of the world's axes the slice with most voxels that one mask alone has, then with most voxels of any mask.
    private static func busiest(_ grid: SliceGrid, count: Int, _ predictions: [Mask], _ references: [Mask]) -> [Int] {
        // 1 where any mask is, 3 where two disagree.
        var state = [UInt8](repeating: 0, count: count)
        for (a, b) in zip(predictions, references) {
            let x = a.voxels
            let y = b.voxels
            for place in state.indices where x[place] | y[place] != 0 { state[place] |= x[place] == y[place] ? 1 : 3 }
        }
        return grid.busiest([{ state[$0] == 3 ? 1 : 0 }, { state[$0] == 0 ? 0 : 1 }])
    }

    private static func draw(
        _ view: SliceView, _ volume: Tensor, _ predictions: [Mask], _ references: [Mask]
    ) -> [UInt8] {
        let values = volume.elements(Float.self)
        let sorted = view.places.map { values[$0] }.filter(\.isFinite).sorted()
        let low = sorted.isEmpty ? 0 : sorted[sorted.count / 100]
        let high = sorted.isEmpty ? 1 : sorted[sorted.count - 1 - sorted.count / 100]
        let scale = high > low ? 255 / (high - low) : 0
        return view.drawn { (column, row, place) -> SIMD3<Double> in
            if let structure = references.lastIndex(where: { mask in view.isOutline(column, row) { mask.voxels[$0] == 1 } }) {
                return SliceColor.vector(structure)
            }
            let grey = values[place].isFinite ? Double((values[place] - low) * scale) : 0
            var color = SIMD3(repeating: min(max(grey, 0), 255))
            for (structure, mask) in predictions.enumerated() where mask.voxels[place] == 1 {
                color = color * (1 - tint) + SliceColor.vector(structure) * tint
            }
            return color
        }
    }
}
