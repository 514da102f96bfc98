import Bytes

/// A grid laid over another one in space, to be resampled as MONAI's `SpatialResample` does: in voxels of the input by
/// `solve(source, target)`, on PyTorch's scale from −1 to 1 by `to_norm_affine`, read by `affine_grid` and `grid_sample` with `border`.
package struct PlacedGrid: Sendable, Hashable {
    /// From voxels to space, of the grid that's read and of the one that's made.
    var source: DenseMatrix
    var target: DenseMatrix
    package var input: [Int]
    package var output: [Int]
    /// PyTorch's `align_corners`. Places in space are the same with and without; their rounding isn't.
    package var alignsCorners = false
    /// Whether places and values are computed in single precision (`dtype`), not in double.
    package var isSingle = false
    /// From voxels of the output to voxels of the input.
    let toInput: DenseMatrix

    var rank: Int { input.count }

    /// - Throws: `.malformed` where the source's axes don't span space.
    init(source: DenseMatrix, target: DenseMatrix, input: [Int], output: [Int], alignsCorners: Bool = false, isSingle: Bool = false)
        throws(OsteonError)
    {
        (self.source, self.target, self.input, self.output) = (source, target, input, output)
        (self.alignsCorners, self.isSingle) = (alignsCorners, isSingle)
        toInput = try source.solving(target)
    }

    /// Whether the grids are so near that MONAI leaves the image as it is.
    var isUnchanged: Bool {
        input == output
            && (Self.isClose(source, target) || Self.isClose(toInput, DenseMatrix(identity: rank + 1)))
    }

    /// `allclose(a, b, atol=AFFINE_TOL)`.
    private static func isClose(_ a: DenseMatrix, _ b: DenseMatrix) -> Bool {
        (0..<a.rows).allSatisfy { row in
            (0..<a.columns).allSatisfy { abs(a[row, $0] - b[row, $0]) <= 1e-3 + 1e-5 * abs(b[row, $0]) }
        }
    }

    /// Where the output lies, as it's recorded: not `target` itself but its detour by way of the input's voxels.
    var reached: DenseMatrix { source.times(toInput, isFused: false) }

    /// What leads back. MONAI's `Invert` by nearest voxels drops `align_corners`.
    func inverse(_ interpolation: Interpolation) throws(OsteonError) -> PlacedGrid {
        try PlacedGrid(
            source: reached, target: source, input: output, output: input, alignsCorners: interpolation != .nearest && alignsCorners,
            isSingle: isSingle)
    }

    /// By axis of the input: the factors of the output's coordinates, each from −1 to 1, and the constant behind them.
    func normalized() throws(OsteonError) -> DenseMatrix {
        let from = rounded(Self.scale(input, alignsCorners))
        let to = rounded(Self.scale(output, alignsCorners))
        return try product(product(from, rounded(toInput)), rounded(to.inverted()))
    }

    /// `normalize_transform`: from voxels to −1 … 1.
    private static func scale(_ extents: [Int], _ alignsCorners: Bool) -> DenseMatrix {
        var result = DenseMatrix(identity: extents.count + 1)
        for (axis, extent) in extents.enumerated() {
            result[axis, axis] = 2 / (alignsCorners ? (extent > 1 ? Double(extent) : 2) - 1 : Double(extent))
            result[axis, extents.count] = alignsCorners ? -1 : 1 / Double(extent) - 1
        }
        return result
    }

    private func rounded(_ matrix: DenseMatrix) -> DenseMatrix {
        guard isSingle else { return matrix }
        var result = matrix
        for row in 0..<matrix.rows { for column in 0..<matrix.columns { result[row, column] = Double(Float(matrix[row, column])) } }
        return result
    }

    /// PyTorch's product of small matrices, in the precision asked for.
    private func product(_ a: DenseMatrix, _ b: DenseMatrix) -> DenseMatrix {
        guard isSingle else { return a.times(b, isFused: false) }
        var result = DenseMatrix(zeros: a.rows, b.columns)
        for row in 0..<a.rows {
            for column in 0..<b.columns {
                var sum: Float = 0
                for k in 0..<a.columns { sum += Float(a[row, k]) * Float(b[k, column]) }
                result[row, column] = Double(sum)
            }
        }
        return result
    }

    /// Each place of an axis of the output on the scale from −1 to 1: PyTorch's `linspace`, whose vector form fuses its multiplication and
    /// addition, then `· (n − 1) / n` without `align_corners`.
    func line(_ axis: Int) -> [Double] {
        isSingle ? Self.line(output[axis], alignsCorners, Float.self).map(Double.init) : Self.line(output[axis], alignsCorners, Double.self)
    }

    private static func line<T: BinaryFloatingPoint>(_ extent: Int, _ alignsCorners: Bool, _: T.Type) -> [T] {
        guard extent > 1 else { return [0] }
        let step = T(2) / T(extent - 1)
        return (0..<extent).map { place in
            let value = place < extent / 2 ? T(-1).addingProduct(step, T(place)) : T(1).addingProduct(-step, T(extent - place - 1))
            return alignsCorners ? value : value * T(extent - 1) / T(extent)
        }
    }
}
