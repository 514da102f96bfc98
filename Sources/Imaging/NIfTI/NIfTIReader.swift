import Bytes
import CKernels
import Tensors

/// Reads NIfTI-1 and NIfTI-2: `.nii`, `.nii.gz`, and pairs of `.hdr` and `.img`, either byte order, all real element types.
///
/// The header is checked whole before anything is allocated; voxels are decompressed and converted a few slices at a time, so
/// that no more is held than the volume itself.
package enum NIfTIReader {
    /// Bytes that may follow the voxels, if they're fewer than those of any slice.
    private static let mostTrailingBytes = 1 << 16
    private static let largestBuffer = 16 << 20

    package static func read(_ path: String, limits: VolumeLimits = VolumeLimits()) throws(OsteonError) -> Volume {
        try locating(path) { () throws(OsteonError) in
            let (header, stream) = try open(path)
            let affine = try header.affine()
            // A flat image may lack a direction out of its plane.
            if header.extents.count != 2 { _ = try Orientation(of: affine) }
            let tensor = try stream.settled { () throws(OsteonError) in try voxels(header, stream, limits) }
            let source = VolumeSource(paths: [path], header: header, extents: Array(tensor.shape.dropFirst()), affine: affine)
            return try Volume(tensor, affine: affine, source: source)
        }
    }

    /// The header alone; of a pair, the header file's.
    package static func header(_ path: String) throws(OsteonError) -> NIfTIHeader {
        try locating(path) { () throws(OsteonError) in try open(path).header }
    }

    /// The checked header, and the stream at the first voxel.
    private static func open(_ path: String) throws(OsteonError) -> (header: NIfTIHeader, stream: VolumeStream) {
        let parts = PairNames(path)
        let headerPath = parts.map { $0.isImage ? $0.partner : path } ?? path
        let stream = try VolumeStream(MappedFile(path: headerPath))
        var bytes = [UInt8](repeating: 0, count: NIfTIHeader.byteCount(.one))
        try fill(&bytes, from: stream, start: 0)
        // NIfTI-2's is longer.
        let start = SharedBytes(bytes)
        if NIfTIHeader.recognizes(start), [540, Int32(540).byteSwapped].contains(start.load(Int32.self)) {
            let first = bytes.count
            bytes += [UInt8](repeating: 0, count: NIfTIHeader.byteCount(.two) - first)
            try fill(&bytes, from: stream, start: first)
        }
        let header = try NIfTIHeader(reading: SharedBytes(bytes))
        if header.isSingleFile {
            try skip(header.voxelOffset - bytes.count, of: stream)
            try checkSize(header, stream)
            return (header, stream)
        }
        guard let parts else {
            throw OsteonError(.malformed, "The header says its voxels are in a file of their own, but this isn't named .hdr or .img.")
        }
        let image = try VolumeStream(MappedFile(path: parts.isImage ? path : parts.partner))
        try checkSize(header, image)
        try skip(header.voxelOffset, of: image)
        return (header, image)
    }

    private static func fill(_ bytes: inout [UInt8], from stream: VolumeStream, start: Int) throws(OsteonError) {
        let wanted = bytes.count - start
        var room = bytes.mutableSpan
        let count = try stream.read(into: &room, from: start)
        guard count == wanted else { throw OsteonError(.malformed, "The file ends within its NIfTI header.") }
    }

    private static func checkSize(_ header: NIfTIHeader, _ stream: VolumeStream) throws(OsteonError) {
        let needed = try Checked.add(header.voxelOffset, header.dataByteCount())
        guard needed <= stream.mostBytes else {
            throw OsteonError(
                .malformed,
                """
                The header describes \(header.extents.map(String.init).joined(separator: "×")) voxels, \(needed) bytes in all; the \
                file can't hold them.
                """
            )
        }
    }

    private static func skip(_ count: Int, of stream: VolumeStream) throws(OsteonError) {
        var room = [UInt8](repeating: 0, count: min(count, 1 << 16))
        var left = count
        while left > 0 {
            let part = min(left, room.count)
            var target = room.mutableSpan
            let got = try stream.read(into: &target, upTo: part)
            guard got == part else { throw OsteonError(.malformed, "The file ends before its voxels.") }
            left -= part
        }
    }

    // MARK: Voxels

    private static func voxels(_ header: NIfTIHeader, _ stream: VolumeStream, _ limits: VolumeLimits) throws(OsteonError) -> Tensor {
        let beyond = header.extents.dropFirst(3).filter { $0 > 1 }
        guard beyond.count <= 1 else {
            throw OsteonError(.unsupported, "The image has extents \(header.extents); more than one axis beyond the third isn't read.")
        }
        let three = header.spatialExtents
        let volumes = beyond.first ?? 1
        let shape = [header.channels] + (header.extents.count == 2 ? Array(three.prefix(2)) : three)
        try limits.check(shape)
        let tensor = try Tensor(uninitialized: .f32, shape)
        let components = header.dataType.components
        let plane = three[0] * three[1] * header.dataType.byteCount
        var geometry = osteon_planes()
        geometry.type = header.dataType.voxel
        geometry.swapped = header.isBigEndian ? 1 : 0
        geometry.step = header.dataType.byteCount
        (geometry.columns, geometry.rows, geometry.depth) = (three[0], three[1], three[2])
        if let scaling = header.scaling, scaling.slope != 1 || scaling.intercept != 0, components == 1 {
            (geometry.scaled, geometry.slope, geometry.intercept) = (1, scaling.slope, scaling.intercept)
        }
        let most = max(1, min(Int(OSTEON_MAX_PLANES), largestBuffer / max(1, plane), three[2]))
        let room = try TensorStorage(byteCount: Checked.multiply(most, plane))
        let voxelCount = three[0] * three[1] * three[2]
        var range = SingleRange(header)
        for volume in 0..<volumes {
            for first in stride(from: 0, to: three[2], by: most) {
                let planes = min(most, three[2] - first)
                var target = room.mutableBytes
                guard try stream.read(into: &target, upTo: planes * plane) == planes * plane else {
                    throw OsteonError(.malformed, "The file ends before its last voxel.")
                }
                let part = room.bytes.extracting(..<(planes * plane))
                range.add(part)
                (geometry.planes, geometry.first) = (planes, first)
                for component in 0..<components {
                    VolumeKernels.unpack(geometry, part, from: component, into: tensor, at: (volume * components + component) * voxelCount)
                }
            }
        }
        try stream.finish(limit: trailingBytes(header))
        try range.check(of: tensor.count)
        return tensor
    }

    /// Bytes that may follow the voxels: fewer than a header hides that says an extent too small by one.
    private static func trailingBytes(_ header: NIfTIHeader) throws(OsteonError) -> Int {
        let thinnest = try header.dataByteCount() / (header.extents.max() ?? 1)
        return min(mostTrailingBytes, max(0, thinnest - 1))
    }
}

extension NIfTIHeader.DataType {
    /// What a voxel (or one of its colours) is to the kernels.
    var voxel: osteon_voxel {
        switch self {
        case .u8, .rgb, .rgba: OSTEON_VOXEL_U8
        case .i8: OSTEON_VOXEL_I8
        case .u16: OSTEON_VOXEL_U16
        case .i16: OSTEON_VOXEL_I16
        case .u32: OSTEON_VOXEL_U32
        case .i32: OSTEON_VOXEL_I32
        case .u64: OSTEON_VOXEL_U64
        case .i64: OSTEON_VOXEL_I64
        case .f32: OSTEON_VOXEL_F32
        case .f64: OSTEON_VOXEL_F64
        }
    }
}

/// The names of a `.hdr` and `.img` pair, either of which may be gzipped.
struct PairNames {
    /// Whether the name given is the image's.
    var isImage: Bool
    var partner: String

    /// nil where the name is neither.
    init?(_ path: String) {
        for (suffix, other) in [(".hdr", ".img"), (".img", ".hdr"), (".hdr.gz", ".img.gz"), (".img.gz", ".hdr.gz")]
        where path.lowercased().hasSuffix(suffix) {
            isImage = suffix.hasPrefix(".img")
            let stem = path.dropLast(suffix.count)
            // A pair may mix compressed and plain files.
            let plain = String(other.hasSuffix(".gz") ? other.dropLast(3) : other[...])
            let candidates = [stem + other, stem + plain, stem + plain + ".gz", stem + plain.uppercased()].map { String($0) }
            partner = candidates.first { FileStatus.isRegular($0) } ?? String(stem + other)
            return
        }
        return nil
    }
}
