import Bytes
import Tensors

/// An HDF5 file, read without libhdf5 and without a copy.
///
/// Read are superblocks of versions 0 to 3, both kinds of object header, old and new groups, attributes and datasets of numbers
/// and strings in every layout, with the filters deflate, shuffle and fletcher32. Nothing outside the file is ever opened:
/// links and storage that point elsewhere are refused as `.unsafeReference`. What a file may cost is bounded by its own
/// size (`Ledger`). Source: The HDF Group, HDF5 File Format Specification 3.0.
///
/// An object of this class belongs to one thread at a time; the tensors read from it may go anywhere.
package final class HDF5File {
    /// The eight bytes every superblock begins with.
    package static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The file from its base address on: an address is an index into it.
    let bytes: SharedBytes
    let offsetSize: Int
    let lengthSize: Int
    let ledger: Ledger
    private let rootAddress: Int
    var headers: [Int: ObjectHeader] = [:]
    var globalHeaps: [Int: [Int: Range<Int>]] = [:]

    /// Opens the file at `path`, which is mapped and not read.
    /// - Throws: `.unreadable`, `.malformed`, `.unsupported`.
    package convenience init(path: String) throws(OsteonError) {
        let file = try MappedFile(path: path)
        do { try self.init(file) } catch { throw error.at(path) }
    }

    package convenience init(_ file: MappedFile) throws(OsteonError) {
        try self.init(file.bytes)
    }

    /// Opens the file in `bytes`: a member of an archive, say.
    package init(_ bytes: SharedBytes) throws(OsteonError) {
        guard let start = Self.signatureOffset(in: bytes) else {
            throw OsteonError(.malformed, "This isn't an HDF5 file: it has no HDF5 signature.")
        }
        let superblock = try Superblock(bytes.extracting(start...))
        self.bytes = bytes.extracting(start..<start + superblock.byteCount)
        offsetSize = superblock.offsetSize
        lengthSize = superblock.lengthSize
        rootAddress = superblock.rootAddress
        ledger = Ledger(fileSize: bytes.count)
    }

    /// Whether `bytes` begin with an HDF5 file, directly or after a user block of 512, 1024, 2048 … bytes.
    package static func recognizes(_ bytes: SharedBytes) -> Bool { signatureOffset(in: bytes) != nil }

    private static func signatureOffset(in bytes: SharedBytes) -> Int? {
        var offset = 0
        while offset <= bytes.count - signature.count {
            if bytes[offset..<offset + signature.count].elementsEqual(signature) { return offset }
            offset = offset == 0 ? 512 : offset.multipliedReportingOverflow(by: 2).partialValue
            if offset <= 0 { return nil }
        }
        return nil
    }

    package var root: HDF5Group { HDF5Group(file: self, path: "/", address: rootAddress) }
}

extension HDF5File {
    /// A cursor over `count` bytes at `address`.
    func cursor(at address: Int, count: Int) throws(OsteonError) -> Cursor {
        let end = try Checked.add(address, count)
        guard address >= 0, count >= 0, end <= bytes.count else {
            throw OsteonError(.malformed, "Something of \(count) bytes lies beyond the end of the file.", offset: address)
        }
        try ledger.spendOnMetadata(count)
        var reader = ByteReader(bytes.extracting(..<end))
        try reader.seek(to: address)
        return Cursor(reader: reader, offsetSize: offsetSize, lengthSize: lengthSize)
    }

    func cursor(_ range: Range<Int>) throws(OsteonError) -> Cursor {
        try cursor(at: range.lowerBound, count: range.count)
    }

    /// Checks the checksum that follows the bytes `start ..< end`.
    func verifyChecksum(of start: Int, upTo end: Int, _ what: @autoclosure () -> String) throws(OsteonError) {
        guard start <= end else { throw OsteonError(.malformed, "A structure ends before it begins.", offset: start) }
        var field = try cursor(at: end, count: 4)
        try ledger.spendOnMetadata(end - start)
        let stored = try field.reader.integer(UInt32.self)
        guard lookup3(bytes.extracting(start..<end)) == stored else {
            throw OsteonError(.malformed, "The checksum of \(what()) is wrong: the file is damaged.", offset: start)
        }
    }

    /// The bytes of a range of the file that was checked before.
    func slice(_ range: Range<Int>) throws(OsteonError) -> SharedBytes {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
            throw OsteonError(.malformed, "\(range.count) bytes lie beyond the end of the file.", offset: range.lowerBound)
        }
        return bytes.extracting(range)
    }
}
