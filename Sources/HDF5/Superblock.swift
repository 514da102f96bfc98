import Bytes

/// Where a file's addresses count from, how wide they are and where its root group is. Versions 0 to 3.
struct Superblock {
    let offsetSize: Int
    let lengthSize: Int
    let rootAddress: Int
    /// The size of the file, counted from the superblock.
    let byteCount: Int

    /// - Parameter bytes: from the signature on.
    init(_ bytes: SharedBytes) throws(OsteonError) {
        var reader = ByteReader(bytes)
        try reader.skip(8)
        let version = try reader.integer(UInt8.self)
        guard version <= 3 else {
            throw OsteonError(.unsupported, "HDF5 superblock version \(version) isn't supported (0 to 3 are).", offset: 8)
        }
        if version < 2 { try reader.skip(4) }
        offsetSize = Int(try reader.integer(UInt8.self))
        lengthSize = Int(try reader.integer(UInt8.self))
        guard [2, 4, 8].contains(offsetSize), [2, 4, 8].contains(lengthSize) else {
            throw OsteonError(
                .malformed, "Addresses of \(offsetSize) bytes and lengths of \(lengthSize): the superblock is damaged.", offset: 9)
        }
        try reader.skip(version < 2 ? 9 + (version == 1 ? 4 : 0) : 1)
        var cursor = Cursor(reader: reader, offsetSize: offsetSize, lengthSize: lengthSize)
        let base = try cursor.definedAddress("the base address")
        _ = try cursor.address()  // free space, or the superblock's extension
        let end = try cursor.definedAddress("the end of the file")
        if version < 2 {
            guard try cursor.address() == nil else {
                throw OsteonError(.unsupported, "The HDF5 file is one part of several (it has a driver information block).")
            }
            _ = try cursor.address()  // the root's name
        }
        rootAddress = try cursor.definedAddress("the root group")
        if version >= 2 {
            let position = cursor.reader.position
            let stored = try cursor.reader.integer(UInt32.self)
            guard lookup3(bytes.extracting(..<position)) == stored else {
                throw OsteonError(.malformed, "The superblock's checksum is wrong: the file is damaged.", offset: 0)
            }
        }
        // The stored end counts from the start of the user block where there is one.
        let wanted = try Checked.subtract(end, base)
        guard wanted >= 0, wanted <= bytes.count else {
            throw OsteonError(
                .malformed, "The HDF5 file is cut off: it should have \(wanted) bytes after its user block, \(bytes.count) are there.")
        }
        byteCount = bytes.count
    }
}
