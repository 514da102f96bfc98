import Bytes

/// Which way the axes of a grid run: for each axis the world's axis it follows most (0 right, 1 anterior, 2 superior), and
/// whether it runs towards its positive end.
package struct Orientation: Sendable, Hashable {
    package struct Axis: Sendable, Hashable {
        package var world: Int
        package var isPositive: Bool
    }

    package var axes: [Axis]

    private static let letters: [(positive: Character, negative: Character)] = [("R", "L"), ("A", "P"), ("S", "I")]

    /// Towards right, anterior and superior: what networks of MONAI and Clara mostly want.
    package static let ras = Orientation(axes: (0..<3).map { Axis(world: $0, isPositive: true) })

    init(axes: [Axis]) { self.axes = axes }

    /// Three letters such as `RAS` or `PSR`, each the end an axis runs to.
    package init(_ code: String) throws(OsteonError) {
        axes = []
        for letter in code.uppercased() {
            guard let world = Self.letters.firstIndex(where: { $0.positive == letter || $0.negative == letter }) else { break }
            axes.append(Axis(world: world, isPositive: Self.letters[world].positive == letter))
        }
        guard axes.count == code.count, Set(axes.map(\.world)).count == 3 else {
            throw OsteonError(.unsupported, "\"\(code)\" is no orientation; write three letters, one each of R or L, A or P, S or I.")
        }
    }

    /// The code, such as `RAS`.
    package var code: String {
        String(axes.map { $0.isPositive ? Self.letters[$0.world].positive : Self.letters[$0.world].negative })
    }

    /// The orientation of a grid: the axes of the rotation nearest to its affine, the clearest axis first (as nibabel's
    /// `io_orientation`).
    package init(of affine: Affine) throws(OsteonError) {
        let rotation = try Self.nearestRotation(affine)
        var axes = [Axis](repeating: Axis(world: 0, isPositive: true), count: 3)
        var taken: Set<Int> = []
        let strongest = (0..<3).map { k in rotation[k].indices.map { rotation[k][$0] * rotation[k][$0] }.max() ?? 0 }
        for axis in (0..<3).sorted(by: { strongest[$0] > strongest[$1] || strongest[$0] == strongest[$1] && $0 < $1 }) {
            guard let world = (0..<3).filter({ !taken.contains($0) }).max(by: { abs(rotation[axis][$0]) < abs(rotation[axis][$1]) }) else {
                continue
            }
            taken.insert(world)
            axes[axis] = Axis(world: world, isPositive: rotation[axis][world] >= 0)
        }
        self.axes = axes
    }

    /// The orthogonal matrix nearest to the affine's directions, by Newton's iteration for the polar decomposition
    /// (Higham 1986): X ← (X + X⁻ᵀ) / 2.
    private static func nearestRotation(_ affine: Affine) throws(OsteonError) -> [SIMD3<Double>] {
        let spacing = affine.spacing
        guard spacing.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw OsteonError(.malformed, "The image's affine has an axis without direction.")
        }
        var x = Affine(columns: (0..<3).map { affine.columns[$0] / spacing[$0] }, origin: .zero)
        for _ in 0..<60 {
            let inverse = try x.inverted()
            var next = x
            var change = 0.0
            for k in 0..<3 {
                // Column k of the inverse's transpose is its row k.
                let transposed = SIMD3<Double>(inverse.columns[0][k], inverse.columns[1][k], inverse.columns[2][k])
                next.columns[k] = (x.columns[k] + transposed) / 2
                let difference = next.columns[k] - x.columns[k]
                change = max(change, (difference * difference).sum())
            }
            x = next
            if change < 1e-30 { break }
        }
        return x.columns
    }
}

/// A change of axes without resampling: output axis k is input axis `source[k]`, mirrored where `flipped[k]`.
package struct AxisOrder: Sendable, Hashable {
    package var source: [Int]
    package var flipped: [Bool]

    package var isIdentity: Bool { source == Array(source.indices) && !flipped.contains(true) }

    package init(source: [Int], flipped: [Bool]) {
        self.source = source
        self.flipped = flipped
    }

    /// What brings a grid of one orientation into another.
    package init(from: Orientation, to: Orientation) {
        source = to.axes.map { wanted in from.axes.firstIndex { $0.world == wanted.world } ?? 0 }
        flipped = zip(source, to.axes).map { source, wanted in from.axes[source].isPositive != wanted.isPositive }
    }

    /// What undoes it.
    package var inverse: AxisOrder {
        var result = self
        for (axis, from) in source.enumerated() {
            result.source[from] = axis
            result.flipped[from] = flipped[axis]
        }
        return result
    }

    /// The affine of the reordered grid; `extents` are the grid's before.
    package func apply(to affine: Affine, extents: [Int]) -> Affine {
        var result = affine
        var first = SIMD3<Double>.zero
        for axis in 0..<source.count {
            let from = source[axis]
            let column = affine.columns[from]
            result.columns[axis] = flipped[axis] ? -column : column
            if flipped[axis] { first[from] = Double(extents[from] - 1) }
        }
        result.origin = affine.world(first)
        return result
    }
}
