import Bytes

/// The header of a NIfTI-1 or NIfTI-2 file, its sizes checked: what's in here can be computed with.
///
/// Field by field as in nifti1.h and nifti2.h of the NIfTI working group (https://nifti.nimh.nih.gov).
package struct NIfTIHeader: Sendable, Hashable {
    package enum Version: Int, Sendable {
        case one = 1
        case two = 2
    }

    /// How a voxel is stored; the raw value is the file's code.
    package enum DataType: Int, Sendable, CaseIterable {
        case u8 = 2
        case i16 = 4
        case i32 = 8
        case f32 = 16
        case f64 = 64
        case rgb = 128
        case i8 = 256
        case u16 = 512
        case u32 = 768
        case i64 = 1024
        case u64 = 1280
        case rgba = 2304

        /// Bytes of a voxel.
        package var byteCount: Int {
            switch self {
            case .u8, .i8: 1
            case .i16, .u16: 2
            case .rgb: 3
            case .i32, .u32, .f32, .rgba: 4
            case .f64, .i64, .u64: 8
            }
        }

        /// Colours of a voxel, each a channel; 1 for plain numbers.
        package var components: Int {
            switch self {
            case .rgb: 3
            case .rgba: 4
            default: 1
            }
        }
    }

    /// A transformation the header gives, and what space it leads to (1 scanner, 2 aligned, 3 Talairach, 4 MNI, …; 0 none).
    package struct Quaternion: Sendable, Hashable {
        package var code = 0
        package var b = 0.0, c = 0.0, d = 0.0
        package var offset: [Double] = [0, 0, 0]
    }

    package struct Matrix: Sendable, Hashable {
        package var code = 0
        package var rows: [[Double]] = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    }

    package var version = Version.one
    /// Whether the file's integers are big-endian.
    package var isBigEndian = false
    /// Whether header and voxels are in one file (`.nii`) or a pair (`.hdr`, `.img`).
    package var isSingleFile = true
    /// One to seven extents, each at least 1: x, y, z, time, and what else there is.
    package var extents: [Int] = [1]
    package var dataType = DataType.f32
    /// Eight numbers: the handedness of the quaternion's grid, then a voxel size for each axis.
    package var pixelSizes: [Double] = [1, 1, 1, 1, 1, 1, 1, 1]
    /// Where the voxels begin in their file.
    package var voxelOffset = 352
    /// Voxel values are `slope · stored + intercept`; nil where the stored values are the values.
    package var scaling: (slope: Double, intercept: Double)? {
        get { slope == 0 || !slope.isFinite ? nil : (slope, intercept) }
        set { (slope, intercept) = newValue ?? (0, 0) }
    }
    var slope = 0.0, intercept = 0.0
    package var quaternion = Quaternion()
    package var matrix = Matrix()

    /// How a NIfTI-1 header says more than 32,767 vertices.
    enum SurfaceForm: Sendable, Hashable {
        /// 163,842 (the seventh icosahedron) as 27307 × 1 × 6.
        case icosahedron
        /// −1 × 1 × 1, the number in `glmin`.
        case vector
    }

    /// Units of space (three bits) and time, as the file has them: millimetres and seconds, usually.
    ///
    /// What's text in a header (`descrip`, `aux_file`, `intent_name`, `db_name`) isn't kept: it may name the patient.
    package var units = 10
    package var intentCode = 0
    /// Whether the extents stand for others: FreeSurfer's way to keep a surface of more vertices than 16 bits count.
    var surface: SurfaceForm?

    package init() {}

    /// Extents along x, y and z.
    package var spatialExtents: [Int] { (0..<3).map { $0 < extents.count ? extents[$0] : 1 } }

    /// Channels: the extents beyond z (time, vectors) and the colours of a voxel.
    package var channels: Int { extents.dropFirst(3).reduce(1, *) * dataType.components }

    /// Bytes of all voxels.
    package func dataByteCount() throws(OsteonError) -> Int {
        try Checked.multiply(Checked.product(extents), dataType.byteCount)
    }

    /// Millimetres in a unit of space: metres and micrometres are known (NIFTI_UNITS_METER, NIFTI_UNITS_MICRON); files that don't say
    /// theirs have millimetres, as everybody takes it.
    package var millimetres: Double {
        switch units & 7 {
        case 1: 1000
        case 3: 0.001
        default: 1
        }
    }

    /// Where voxels lie in space, in millimetres: the sform where its code says so, else the qform, else voxel sizes with the image's
    /// centre as origin and x towards the left (as nibabel, and before it SPM, read such files).
    package func affine() throws(OsteonError) -> Affine {
        let affine = try storedAffine()
        if millimetres == 1 { return affine }
        return Affine(columns: affine.columns.map { $0 * millimetres }, origin: affine.origin * millimetres)
    }

    /// In the file's own units.
    private func storedAffine() throws(OsteonError) -> Affine {
        if matrix.code > 0 { return try Affine(rows: matrix.rows) }
        if quaternion.code > 0 { return try quaternionAffine() }
        let sizes = pixelSizes[1...3].map { $0.isFinite && $0 != 0 ? abs($0) : 1 }
        var columns = [SIMD3<Double>](repeating: .zero, count: 3)
        var origin = SIMD3<Double>.zero
        for axis in 0..<3 {
            columns[axis][axis] = axis == 0 ? -sizes[axis] : sizes[axis]
            origin[axis] = -Double(spatialExtents[axis] - 1) / 2 * columns[axis][axis]
        }
        return Affine(columns: columns, origin: origin)
    }

    #if arch(x86_64)
        /// nibabel computes quaternions in the widest type there is.
        private typealias Widest = Float80
    #else
        private typealias Widest = Double
    #endif

    /// Operation by operation as nibabel's `fillpositive` and `quat2mat`: the last bit may decide which voxel is nearest.
    private func quaternionAffine() throws(OsteonError) -> Affine {
        let (b, c, d) = (Widest(quaternion.b), Widest(quaternion.c), Widest(quaternion.d))
        let rest = 1 - (b * b + c * c + d * d)
        guard rest.isFinite, rest > -1e-5 else {
            throw OsteonError(.malformed, "The header's quaternion (\(quaternion.b), \(quaternion.c), \(quaternion.d)) is longer than 1.")
        }
        // Within the precision of the stored numbers it's a turn by 180°.
        let a = rest < 3 * Widest(Float.ulpOfOne) ? 0 : rest.squareRoot()
        let s = 2 / (a * a + b * b + c * c + d * d)
        let (x, y, z) = (b * s, c * s, d * s)
        let sizes = [pixelSizes[1], pixelSizes[2], pixelSizes[3] * (pixelSizes[0] < 0 ? -1 : 1)]
        guard sizes.allSatisfy(\.isFinite) else { throw OsteonError(.malformed, "The header's voxel sizes aren't numbers.") }
        let rows = [
            [1 - (c * y + d * z), b * y - a * z, b * z + a * y],
            [b * y + a * z, 1 - (b * x + d * z), c * z - a * x],
            [b * z - a * y, c * z + a * x, 1 - (b * x + c * y)],
        ]
        return try Affine(rows: (0..<3).map { row in (0..<3).map { Double(rows[row][$0] * Widest(sizes[$0])) } + [quaternion.offset[row]] })
    }
}
