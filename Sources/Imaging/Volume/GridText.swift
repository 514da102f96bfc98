import Bytes
import Glibc

extension Volume {
    /// The grid as people read it: extents, voxel sizes, orientation.
    package var gridText: String { grid.text }

    /// Two grids as text that shows their difference.
    package func gridTexts(beside other: Volume) -> (own: String, other: String) { grid.texts(beside: other.grid) }
}

extension VolumeGrid {
    /// As people read it: extents, voxel sizes, orientation.
    package var text: String {
        let sizes = spacing.map(Self.millimetres).joined(separator: "×")
        let code = extents.count == 3 ? ((try? Orientation(of: affine))?.code).map { ", \($0)" } ?? "" : ""
        return "\(extents.map(String.init).joined(separator: "×")) of \(sizes) mm\(code)"
    }

    /// Two grids as text that shows their difference: with their origins, then their axes, where the rest reads alike.
    package func texts(beside other: VolumeGrid) -> (own: String, other: String) {
        let plain = (text, other.text)
        if plain.0 != plain.1 { return plain }
        let placed = (plain.0 + ", " + originText, plain.1 + ", " + other.originText)
        if placed.0 != placed.1 { return placed }
        return (placed.0 + ", " + axesText, placed.1 + ", " + other.axesText)
    }

    private var originText: String { "first voxel at \(Self.vector(affine.origin)) mm" }

    private var axesText: String { "axes " + affine.columns.map { "(\($0.x), \($0.y), \($0.z))" }.joined(separator: " ") }

    private static func vector(_ v: SIMD3<Double>) -> String { "(\(millimetres(v.x)), \(millimetres(v.y)), \(millimetres(v.z)))" }

    /// To a micrometre; smaller voxels to three digits.
    private static func millimetres(_ value: Double) -> String {
        abs(value) < 0.01 && value != 0 ? String(printf: "%.3g", value) : "\((value * 1000).rounded() / 1000)"
    }
}
