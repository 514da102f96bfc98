import Bytes

/// Where the central directory of a ZIP archive lies, and how one entry of it is read and checked.
struct ZipDirectory {
    var start: Int, end: Int, count: Int

    static let endSignature: UInt32 = 0x0605_4B50
    static let end64Signature: UInt32 = 0x0606_4B50
    static let locator64Signature: UInt32 = 0x0706_4B50
    static let centralSignature: UInt32 = 0x0201_4B50
    static let localSignature: UInt32 = 0x0403_4B50
    static let zip64Field: UInt16 = 1
    private static let mostMembers = 1 << 20

    init(_ bytes: SharedBytes) throws(OsteonError) {
        let record = try Self.endRecord(bytes)
        var reader = ByteReader(bytes)
        try reader.seek(to: record + 4)
        let disk: UInt16 = try reader.integer()
        let startDisk: UInt16 = try reader.integer()
        let countHere: UInt16 = try reader.integer()
        let countAll: UInt16 = try reader.integer()
        let size32: UInt32 = try reader.integer()
        let start32: UInt32 = try reader.integer()
        guard disk == 0, startDisk == 0, countHere == countAll else {
            throw OsteonError(.unsupported, "An archive in several parts.", offset: record)
        }
        var size = Int(size32)
        var last = record
        (start, count) = (Int(start32), Int(countAll))
        let isNeeded = countAll == .max || size32 == .max || start32 == .max
        // Some writers (PyTorch's among them) put the wide records where nothing needs them.
        if isNeeded || Self.hasLocator(bytes, before: record) {
            guard record >= 20 else { throw OsteonError(.malformed, "The ZIP64 directory is missing.", offset: record) }
            try reader.seek(to: record - 20)
            guard try reader.integer(UInt32.self) == Self.locator64Signature else {
                throw OsteonError(.malformed, "The ZIP64 directory is missing.", offset: record)
            }
            try reader.skip(4)
            last = try Checked.int(reader.integer(UInt64.self))
            try reader.seek(to: last)
            guard try reader.integer(UInt32.self) == Self.end64Signature else {
                throw OsteonError(.malformed, "The ZIP64 directory is damaged.", offset: last)
            }
            try reader.skip(8 + 2 + 2 + 4 + 4 + 8)
            count = try Checked.int(reader.integer(UInt64.self))
            size = try Checked.int(reader.integer(UInt64.self))
            start = try Checked.int(reader.integer(UInt64.self))
            guard countAll == .max || count == Int(countAll), size32 == .max || size == Int(size32),
                start32 == .max || start == Int(start32)
            else {
                throw OsteonError(.malformed, "The ZIP64 directory disagrees with the archive's last record.", offset: last)
            }
        }
        end = try Checked.add(start, size)
        guard end == last else {
            throw OsteonError(
                .malformed, "The archive's directory isn't where it says: the file is cut short or has something before or behind it.",
                offset: start)
        }
        guard count <= Self.mostMembers, count <= size / 46 else {
            throw OsteonError(.limitExceeded, "The archive claims \(count) members in \(size) bytes.", offset: record)
        }
    }

    private static func hasLocator(_ bytes: SharedBytes, before record: Int) -> Bool {
        record >= 20 && bytes.load(UInt32.self, at: record - 20).littleEndian == locator64Signature
    }

    /// The last 22 bytes, or earlier where a comment of exactly the length recorded follows.
    private static func endRecord(_ bytes: SharedBytes) throws(OsteonError) -> Int {
        var position = bytes.count - 22
        while position >= 0, position >= bytes.count - 22 - 0xFFFF {
            if bytes.load(UInt32.self, at: position).littleEndian == endSignature,
                Int(bytes.load(UInt16.self, at: position + 20).littleEndian) == bytes.count - 22 - position
            {
                return position
            }
            position -= 1
        }
        throw OsteonError(
            .malformed, "Not a ZIP archive (.npz), or it's cut short: there's no directory at its end.", offset: max(0, bytes.count - 22))
    }

    /// The next entry of the directory, checked against its local header.
    static func member(
        _ reader: inout ByteReader, in bytes: SharedBytes, before limit: Int
    ) throws(OsteonError) -> ZipArchive.Member {
        let position = reader.position
        guard try reader.integer(UInt32.self) == centralSignature else {
            throw OsteonError(.malformed, "The archive's directory is damaged.", offset: position)
        }
        try reader.skip(4)
        let flags: UInt16 = try reader.integer()
        let method: UInt16 = try reader.integer()
        try reader.skip(4)
        let checksum: UInt32 = try reader.integer()
        let stored32: UInt32 = try reader.integer()
        let size32: UInt32 = try reader.integer()
        let nameLength: UInt16 = try reader.integer()
        let extraLength: UInt16 = try reader.integer()
        let commentLength: UInt16 = try reader.integer()
        let disk: UInt16 = try reader.integer()
        try reader.skip(6)
        let start32: UInt32 = try reader.integer()
        let name = try reader.text(Int(nameLength))
        var wide = try WideSizes(reader.read(Int(extraLength)))
        try reader.skip(Int(commentLength))
        let size = try wide.size(size32)
        let stored = try wide.size(stored32)
        let start = try wide.size(start32)
        guard flags & 0x2041 == 0, method == 0 || method == 8, disk == 0 else {
            throw OsteonError(
                .unsupported, "Member \(name) is encrypted or compressed by method \(method); only stored and deflated ones are read.",
                offset: position)
        }
        let data = try localData(bytes, at: start, name: name, flags: flags, method: method, checksum, stored, size)
        guard method == 8 || stored == size, try Checked.add(data, stored) <= limit else {
            throw OsteonError(.malformed, "Member \(name) doesn't lie inside the archive.", offset: position)
        }
        return ZipArchive.Member(
            name: name, size: size, isDeflated: method == 8, checksum: checksum, stored: data..<data + stored, start: start)
    }

    /// Where the data behind the local header at `start` begins.
    private static func localData(
        _ bytes: SharedBytes, at start: Int, name: String, flags: UInt16, method: UInt16,
        _ checksum: UInt32, _ stored: Int, _ size: Int
    ) throws(OsteonError) -> Int {
        var reader = ByteReader(bytes)
        try reader.seek(to: start)
        let disagreement = OsteonError(
            .malformed, "Member \(name) has a local header that disagrees with the archive's directory.", offset: start)
        guard try reader.integer(UInt32.self) == localSignature else { throw disagreement }
        try reader.skip(2)
        let localFlags: UInt16 = try reader.integer()
        let localMethod: UInt16 = try reader.integer()
        try reader.skip(4)
        let localChecksum: UInt32 = try reader.integer()
        let stored32: UInt32 = try reader.integer()
        let size32: UInt32 = try reader.integer()
        let nameLength: UInt16 = try reader.integer()
        let extraLength: UInt16 = try reader.integer()
        let nameBytes = try reader.read(Int(nameLength))
        var wide = try WideSizes(reader.read(Int(extraLength)))
        guard localFlags & 9 == flags & 9, localMethod == method, nameBytes.elementsEqual(name.utf8) else { throw disagreement }
        if flags & 8 == 0 {  // else sizes and checksum follow the data
            let localSize = try wide.size(size32)
            let localStored = try wide.size(stored32)
            guard localChecksum == checksum, localSize == size, localStored == stored else { throw disagreement }
        }
        return reader.position
    }
}

/// The 64-bit sizes of a ZIP64 extra field, taken in order for each 32-bit field that is all ones.
private struct WideSizes {
    private var field: ByteReader?

    init(_ extra: SharedBytes) throws(OsteonError) {
        var reader = ByteReader(extra)
        while reader.remaining >= 4 {
            let id: UInt16 = try reader.integer()
            let length: UInt16 = try reader.integer()
            let body = try reader.read(Int(length))
            if id == ZipDirectory.zip64Field, field == nil { field = ByteReader(body) }
        }
    }

    mutating func size(_ narrow: UInt32) throws(OsteonError) -> Int {
        guard narrow == .max, field != nil else { return Int(narrow) }
        return try Checked.int(field?.integer(UInt64.self) ?? 0)
    }
}
