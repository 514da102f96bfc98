import Bytes

extension NIfTIHeader {
    /// Bytes of a header by version.
    static func byteCount(_ version: Version) -> Int { version == .one ? 348 : 540 }

    /// The least bytes that decide whether a file is one.
    static let mostHeaderBytes = 544

    /// Whether these first bytes are a NIfTI header's (or Analyze's, which has no magic).
    static func recognizes(_ bytes: SharedBytes) -> Bool {
        guard bytes.count >= 348 else { return false }
        let size = bytes.load(Int32.self)
        return [348, 540].contains(size) || [348, 540].contains(size.byteSwapped)
    }

    /// - Parameter bytes: the file's first bytes, at least the header's.
    /// - Throws: `.malformed` for a lying header, `.unsupported` for what Osteon doesn't read.
    package init(reading bytes: SharedBytes) throws(OsteonError) {
        guard Self.recognizes(bytes) else {
            throw OsteonError(.malformed, "This is no NIfTI file: its header's size is neither 348 nor 540.")
        }
        let size = bytes.load(Int32.self)
        isBigEndian = ![348, 540].contains(size)
        version = (isBigEndian ? size.byteSwapped : size) == 348 ? .one : .two
        guard bytes.count >= Self.byteCount(version) else { throw OsteonError(.malformed, "The file ends within its NIfTI header.") }
        let fields = NIfTIFields(bytes: bytes, isBigEndian: isBigEndian)
        try readMagic(bytes)
        if version == .one { try readFirst(fields) } else { try readSecond(fields) }
        guard pixelSizes.count == 8 else { throw OsteonError(.internalFault, "A NIfTI header without eight voxel sizes.") }
        if scaling != nil, !intercept.isFinite {
            throw OsteonError(.malformed, "The header scales voxels by \(slope) and shifts them by \(intercept).")
        }
    }

    private mutating func readMagic(_ bytes: SharedBytes) throws(OsteonError) {
        let magic = version == .one ? Array(bytes[344..<348]) : Array(bytes[4..<12])
        let number: UInt8 = version == .one ? UInt8(ascii: "1") : UInt8(ascii: "2")
        guard magic[0] == UInt8(ascii: "n"), magic[2] == number, magic[3] == 0 else {
            throw OsteonError(
                .unsupported,
                """
                An Analyze file without NIfTI's magic doesn't say which side is left; convert it to NIfTI with a tool that knows \
                where it came from.
                """
            )
        }
        switch magic[1] {
        case UInt8(ascii: "+"): isSingleFile = true
        case UInt8(ascii: "i"): isSingleFile = false
        default: throw OsteonError(.malformed, "The NIfTI header's magic is damaged.")
        }
        if version == .two, Array(magic[4...]) != [0x0D, 0x0A, 0x1A, 0x0A] {
            throw OsteonError(.malformed, "The NIfTI-2 header's magic is damaged; was the file transferred as text?")
        }
    }

    private mutating func readFirst(_ f: NIfTIFields) throws(OsteonError) {
        var dimensions = (0..<8).map { Int(f.integer(Int16.self, 40 + 2 * $0)) }
        readSurface(&dimensions, vertices: Int(f.integer(Int32.self, 144)))
        try readExtents(dimensions)
        try readType(Int(f.integer(Int16.self, 70)), Int(f.integer(Int16.self, 72)))
        pixelSizes = (0..<8).map { Double(f.float(76 + 4 * $0)) }
        try readOffset(Double(f.float(108)))
        (slope, intercept) = (Double(f.float(112)), Double(f.float(116)))
        units = Int(f.integer(UInt8.self, 123))
        intentCode = Int(f.integer(Int16.self, 68))
        quaternion.code = Int(f.integer(Int16.self, 252))
        matrix.code = Int(f.integer(Int16.self, 254))
        (quaternion.b, quaternion.c, quaternion.d) = (Double(f.float(256)), Double(f.float(260)), Double(f.float(264)))
        quaternion.offset = (0..<3).map { Double(f.float(268 + 4 * $0)) }
        matrix.rows = (0..<3).map { row in (0..<4).map { Double(f.float(280 + 16 * row + 4 * $0)) } }
    }

    private mutating func readSecond(_ f: NIfTIFields) throws(OsteonError) {
        try readExtents((0..<8).map { Int(f.integer(Int64.self, 16 + 8 * $0)) })
        try readType(Int(f.integer(Int16.self, 12)), Int(f.integer(Int16.self, 14)))
        pixelSizes = (0..<8).map { f.double(104 + 8 * $0) }
        let offset = Int(f.integer(Int64.self, 168))
        guard offset >= 0, offset <= 1 << 40 else { throw OsteonError(.malformed, "The header puts the voxels at byte \(offset).") }
        try readOffset(Double(offset))
        (slope, intercept) = (f.double(176), f.double(184))
        units = Int(f.integer(Int32.self, 500))
        intentCode = Int(f.integer(Int32.self, 504))
        quaternion.code = Int(f.integer(Int32.self, 344))
        matrix.code = Int(f.integer(Int32.self, 348))
        (quaternion.b, quaternion.c, quaternion.d) = (f.double(352), f.double(360), f.double(368))
        quaternion.offset = (0..<3).map { f.double(376 + 8 * $0) }
        matrix.rows = (0..<3).map { row in (0..<4).map { f.double(400 + 32 * row + 8 * $0) } }
    }

    /// FreeSurfer's surfaces, as nibabel reads them.
    private mutating func readSurface(_ dimensions: inout [Int], vertices: Int) {
        guard dimensions[0] >= 3 else { return }
        switch Array(dimensions[1...3]) {
        case [27307, 1, 6]:
            surface = .icosahedron
            dimensions[1] = 163_842
            dimensions[3] = 1
        case [-1, 1, 1] where vertices > 0:
            surface = .vector
            dimensions[1] = vertices
        default: break
        }
    }

    private mutating func readExtents(_ dim: [Int]) throws(OsteonError) {
        guard (1...7).contains(dim[0]) else { throw OsteonError(.malformed, "The header says \(dim[0]) dimensions; NIfTI has 1 to 7.") }
        extents = Array(dim[1...dim[0]])
        guard extents.allSatisfy({ $0 >= 1 }) else {
            throw OsteonError(.malformed, "The header says extents \(extents); each must be 1 or more.")
        }
        _ = try Checked.multiply(Checked.product(extents), 16)
    }

    private mutating func readType(_ code: Int, _ bits: Int) throws(OsteonError) {
        guard let type = DataType(rawValue: code) else {
            let names = [1: "single bits", 32: "complex numbers", 1792: "complex numbers", 2048: "complex numbers", 1536: "128-bit floats"]
            throw OsteonError(
                .unsupported, "The voxels are of NIfTI type \(code)\(names[code].map { " (\($0))" } ?? ""), which Osteon doesn't read.")
        }
        guard bits == 8 * type.byteCount else {
            throw OsteonError(.malformed, "The header says type \(code) and \(bits) bits a voxel; that type has \(8 * type.byteCount).")
        }
        dataType = type
    }

    private mutating func readOffset(_ offset: Double) throws(OsteonError) {
        guard let whole = Int(exactly: offset), whole >= (isSingleFile ? Self.byteCount(version) + 4 : 0), whole <= 1 << 40 else {
            throw OsteonError(.malformed, "The header puts the voxels at byte \(offset), which can't be.")
        }
        voxelOffset = whole
    }
}

/// Numbers at places of a header that is known to be long enough.
private struct NIfTIFields {
    let bytes: SharedBytes
    let isBigEndian: Bool

    func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, _ offset: Int) -> T {
        let value = bytes.load(T.self, at: offset)
        return isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
    }

    func float(_ offset: Int) -> Float { Float(bitPattern: integer(UInt32.self, offset)) }
    func double(_ offset: Int) -> Double { Double(bitPattern: integer(UInt64.self, offset)) }
}
