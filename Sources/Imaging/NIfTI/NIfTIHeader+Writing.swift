import Bytes

extension NIfTIHeader {
    /// The header's bytes, little-endian, and the four that say no extensions follow.
    func encoded() -> [UInt8] {
        var f = NIfTIFieldWriter(count: Self.byteCount(version) + 4)
        var dim = [extents.count] + extents + [Int](repeating: 1, count: max(0, 7 - extents.count))
        if version == .one, let surface {
            if surface == .icosahedron { (dim[1], dim[3]) = (27307, 6) } else { dim[1] = -1 }
            f.put(Int32(clamping: extents[0]), 144)
        }
        f.put(Int32(Self.byteCount(version)), 0)
        let magic: [UInt8] = [UInt8(ascii: "n"), UInt8(ascii: isSingleFile ? "+" : "i"), UInt8(ascii: version == .one ? "1" : "2"), 0]
        if version == .one {
            f.put(bytes: magic, 344)
            f.put(UInt8(ascii: "r"), 38)
            for (index, extent) in dim.enumerated() { f.put(Int16(clamping: extent), 40 + 2 * index) }
            f.put(Int16(clamping: intentCode), 68)
            f.put(Int16(dataType.rawValue), 70)
            f.put(Int16(8 * dataType.byteCount), 72)
            for (index, size) in pixelSizes.enumerated() { f.put(float: size, 76 + 4 * index) }
            f.put(float: Double(voxelOffset), 108)
            f.put(float: slope, 112)
            f.put(float: intercept, 116)
            f.put(UInt8(clamping: units), 123)
            f.put(Int16(clamping: quaternion.code), 252)
            f.put(Int16(clamping: matrix.code), 254)
            for (index, value) in ([quaternion.b, quaternion.c, quaternion.d] + quaternion.offset + matrix.rows.flatMap { $0 }).enumerated()
            {
                f.put(float: value, 256 + 4 * index)
            }
        } else {
            f.put(bytes: magic + [0x0D, 0x0A, 0x1A, 0x0A], 4)
            f.put(Int16(dataType.rawValue), 12)
            f.put(Int16(8 * dataType.byteCount), 14)
            for (index, extent) in dim.enumerated() { f.put(Int64(extent), 16 + 8 * index) }
            for (index, size) in pixelSizes.enumerated() { f.put(double: size, 104 + 8 * index) }
            f.put(Int64(voxelOffset), 168)
            f.put(double: slope, 176)
            f.put(double: intercept, 184)
            f.put(Int32(clamping: quaternion.code), 344)
            f.put(Int32(clamping: matrix.code), 348)
            for (index, value) in ([quaternion.b, quaternion.c, quaternion.d] + quaternion.offset + matrix.rows.flatMap { $0 }).enumerated()
            {
                f.put(double: value, 352 + 8 * index)
            }
            f.put(Int32(clamping: units), 500)
            f.put(Int32(clamping: intentCode), 504)
        }
        return f.bytes
    }

    /// The header for a volume of other voxels on the same grid: type, extents and scaling are set anew, everything that says
    /// where the grid lies is kept.
    func describing(_ type: DataType, extents: [Int]) -> NIfTIHeader {
        var result = self
        result.dataType = type
        result.extents = extents
        result.isSingleFile = true
        result.isBigEndian = false
        result.voxelOffset = Self.byteCount(version) + 4
        (result.slope, result.intercept) = (1, 0)
        result.intentCode = 0
        for index in extents.count + 1..<8 where index < result.pixelSizes.count { result.pixelSizes[index] = 1 }
        let isSurface = surface != nil && extents.first == self.extents.first && extents.dropFirst().prefix(2).allSatisfy { $0 == 1 }
        if !isSurface { result.surface = nil }
        // NIfTI-1 has 16 bits for an extent.
        if !isSurface, extents.contains(where: { $0 > Int(Int16.max) }), version == .one {
            result.version = .two
            result.voxelOffset = Self.byteCount(.two) + 4
        }
        return result
    }

    /// A header that puts a grid where `affine` says, by its sform (space code 1, scanner); without a qform, which can't say
    /// every affine.
    init(affine: Affine, extents: [Int], type: DataType) {
        self.init()
        self = describing(type, extents: extents)
        pixelSizes = [1] + affine.spacing + [1, 1, 1, 1]
        matrix = Matrix(code: 1, rows: affine.rows)
    }
}

private struct NIfTIFieldWriter {
    var bytes: [UInt8]

    init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

    mutating func put<T: FixedWidthInteger>(_ value: T, _ offset: Int) {
        put(bytes: value.littleEndianBytes, offset)
    }

    mutating func put(float value: Double, _ offset: Int) { put(Float(value).bitPattern, offset) }
    mutating func put(double value: Double, _ offset: Int) { put(value.bitPattern, offset) }
    mutating func put(bytes values: [UInt8], _ offset: Int) { bytes.replaceSubrange(offset..<offset + values.count, with: values) }
}
