import Bytes
import Contracts

/// MONAI's Spacing: a grid of just these voxel sizes, resampled in space.
struct SpacingTransform: FieldTransform {
    let fields: [String]
    private let arguments: TransformArguments
    private let sizes: [Double], least: [Double]?, most: [Double]?, isDiagonal: Bool

    init(_ description: ImagingTransform) throws(OsteonError) {
        arguments = try TransformArguments(
            description,
            known: [
                "pixdim", "diagonal", "mode", "padding_mode", "align_corners", "dtype", "scale_extent", "recompute_affine", "min_pixdim",
                "max_pixdim", "ensure_same_shape",
            ])
        fields = try arguments.fields()
        guard let sizes = try arguments.numbers("pixdim") else { throw arguments.wrong("pixdim", "voxel sizes") }
        self.sizes = sizes
        least = try arguments.numbers("min_pixdim")
        most = try arguments.numbers("max_pixdim")
        isDiagonal = try arguments.flag("diagonal", false)
        for (index, _) in fields.enumerated() {
            for name in ["scale_extent", "recompute_affine"] where try arguments.flag(name, field: index, false) {
                throw OsteonError(.unsupported, "\(arguments.name): \(name) isn't supported.")
            }
            let padding = try arguments.text("padding_mode", field: index)?.lowercased() ?? "border"
            guard ["border", "gridsamplepadmode.border"].contains(padding) else {
                throw OsteonError(.unsupported, "\(arguments.name): the padding mode \"\(padding)\" isn't supported; border is.")
            }
            _ = try isSingle(index)
        }
    }

    func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
        let own = DenseMatrix(volume.affine, rank: volume.spatialRank).spacing
        var target = Array(sizes.prefix(volume.spatialRank))
        while target.count < volume.spatialRank { target.append(target[target.count - 1]) }
        for (axis, size) in own.enumerated() {
            let low = min(least.flatMap { axis < $0.count ? $0[axis] : nil } ?? target[axis], target[axis])
            let high = max(most.flatMap { axis < $0.count ? $0[axis] : nil } ?? target[axis], target[axis])
            if size >= low - SamplingTransforms.tolerance, size <= high + SamplingTransforms.tolerance { target[axis] = size }
        }
        return try volume.spaced(
            target, arguments.interpolation(field: index, default: .linear), isDiagonal: isDiagonal,
            alignsCorners: arguments.flag("align_corners", field: index, false), isSingle: isSingle(index))
    }

    /// Whether one of the fields is resampled in single precision; in double by default.
    private func isSingle(_ index: Int) throws(OsteonError) -> Bool {
        guard let name = try arguments.text("dtype", field: index)?.lowercased() else { return false }
        switch name.split(separator: ".").last.map(String.init) ?? name {
        case "float64", "double": return false
        case "float32", "float": return true
        default: throw arguments.wrong("dtype", "float64 or float32")
        }
    }
}

extension DenseMatrix {
    /// The lengths of an affine's columns; 1 for a column of zeros (`affine_to_spacing`).
    var spacing: [Double] {
        (0..<columns - 1).map { column in
            let squared = (0..<rows - 1).reduce(0.0) { $0 + self[$1, column] * self[$1, column] }
            return squared == 0 ? 1 : squared.squareRoot()
        }
    }
}

extension Volume {
    /// MONAI's Spacing: a grid of just these voxel sizes (0 and less keep an axis' own) along the same axes, made perpendicular where they
    /// shear, the first one kept; or along the world's axes with `isDiagonal`.
    ///
    /// It has as many voxels as the image's corners are apart, and begins at the corner that comes first along all its axes; where none
    /// does, to within 10⁻⁸ voxels, the middles of both grids meet.
    package func spaced(
        _ sizes: [Double], _ interpolation: Interpolation, isDiagonal: Bool = false, alignsCorners: Bool = false, isSingle: Bool = false
    ) throws(OsteonError) -> Volume {
        let rank = spatialRank
        let source = DenseMatrix(affine, rank: rank)
        let wanted = zip(sizes, source.spacing).map { $0 > 0 ? $0 : $1 }
        guard wanted.count == rank, zip(wanted, source.spacing).allSatisfy({ ($0 / $1).isFinite && $0 / $1 > 0 }) else {
            throw OsteonError(.malformed, "Voxels of \(source.spacing) mm can't be resampled to \(sizes) mm.")
        }
        var target = try source.respaced(wanted, isDiagonal: isDiagonal)
        let output = try source.place(&target, extents: extents)
        return try placed(
            PlacedGrid(source: source, target: target, input: extents, output: output, alignsCorners: alignsCorners, isSingle: isSingle),
            interpolation)
    }
}

extension DenseMatrix {
    /// `zoom_affine`: axes of these lengths, without an origin.
    fileprivate func respaced(_ sizes: [Double], isDiagonal: Bool) throws(OsteonError) -> DenseMatrix {
        if isDiagonal { return DenseMatrix(diagonal: sizes + [1]) }
        let axes = leading(rows - 1)
        // The Cholesky factor of the axes' products is what stretches and shears; what's left is the rotation.
        let stretch = try axes.transposed().times(axes, isFused: true).choleskyFactor().transposed()
        let turned = try axes.times(stretch.inverted(), isFused: true).times(DenseMatrix(diagonal: sizes), isFused: true)
        var result = DenseMatrix(identity: rows)
        for row in 0..<turned.rows { for column in 0..<turned.columns { result[row, column] = turned[row, column] } }
        return result
    }

    /// `compute_shape_offset`: gives a grid without an origin the one MONAI gives it, and its extents.
    fileprivate func place(_ target: inout DenseMatrix, extents: [Int]) throws(OsteonError) -> [Int] {
        let rank = extents.count
        let corners = Self.corners(extents)
        let places = try target.solving(self).times(corners, isFused: true)
        let world = times(corners, isFused: true)
        var output: [Int] = []
        for row in 0..<rank {
            let along = (0..<corners.columns).map { places[row, $0] / places[rank, $0] }
            output.append(max(1, try Checked.int(rounding: (along.max() ?? 0) - (along.min() ?? 0) + 1, .toNearestOrEven)))
        }
        let first = (0..<corners.columns).first { corner in
            (0..<rank).allSatisfy { row in
                abs((0..<corners.columns).map { places[row, $0] - places[row, corner] }.min() ?? 0) <= 1e-8
            }
        }
        if let first {
            for row in 0..<rank { target[row, rank] = world[row, first] }
        } else {
            let middle = leading(rank).times(extents.map { Double($0) / 2 })
            let other = target.leading(rank).times(output.map { Double($0) / 2 })
            for row in 0..<rank { target[row, rank] = middle[row] + self[row, rank] - other[row] }
        }
        return output
    }

    /// The corners of a grid, a column each, the last axis fastest; ones below.
    private static func corners(_ extents: [Int]) -> DenseMatrix {
        let rank = extents.count
        var result = DenseMatrix(zeros: rank + 1, 1 << rank)
        for corner in 0..<result.columns {
            for (axis, extent) in extents.enumerated() where corner >> (rank - 1 - axis) & 1 == 1 {
                result[axis, corner] = Double(extent - 1)
            }
            result[rank, corner] = 1
        }
        return result
    }
}
