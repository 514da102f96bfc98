import Bytes

/// A ZIP archive in memory: its directory is read and checked at once, its members on demand.
///
/// Read are stored and deflated members, with ZIP64 sizes. Refused are encryption, several disks, names that aren't UTF-8 or
/// occur twice, local headers that disagree with the directory, members that overlap, and declared sizes no deflate stream
/// can reach. Member names are not paths: whoever would use one as a path must check it. Source: PKWARE APPNOTE 6.3.10.
package struct ZipArchive {
    package struct Member: Sendable {
        package var name: String
        /// Bytes when read.
        package var size: Int
        var isDeflated: Bool
        var checksum: UInt32
        /// The bytes in the archive.
        var stored: Range<Int>
        /// Where its local header begins.
        var start: Int
    }

    package let members: [Member]
    private let bytes: SharedBytes

    /// - Parameter limit: the most bytes all members together may have when read.
    package init(_ bytes: SharedBytes, limit: Int = 1 << 36) throws(OsteonError) {
        self.bytes = bytes
        let directory = try ZipDirectory(bytes)
        var found: [Member] = []
        var names: Set<[UInt8]> = []
        var total = 0
        var reader = ByteReader(bytes)
        try reader.seek(to: directory.start)
        for _ in 0..<directory.count {
            let member = try ZipDirectory.member(&reader, in: bytes, before: directory.start)
            guard names.insert(Array(member.name.utf8)).inserted else {
                throw OsteonError(.malformed, "The archive has two members named \(member.name).")
            }
            guard member.size <= (member.isDeflated ? Inflate.mostBytes(from: member.stored.count) : member.stored.count) else {
                throw OsteonError(
                    .limitExceeded, "Member \(member.name) claims \(member.size) bytes out of \(member.stored.count): a bomb or damage.")
            }
            total = try Checked.add(total, member.size)
            found.append(member)
        }
        guard reader.position == directory.end else {
            throw OsteonError(.malformed, "The archive's directory has another size than it says.", offset: reader.position)
        }
        guard total <= limit else {
            throw OsteonError(.limitExceeded, "The archive's members take \(total) bytes, \(limit) at most are read.")
        }
        let sorted = found.sorted { $0.start < $1.start }
        for (member, next) in zip(sorted, sorted.dropFirst()) where member.stored.upperBound > next.start {
            throw OsteonError(.malformed, "Members \(member.name) and \(next.name) of the archive overlap.", offset: next.start)
        }
        members = found
    }

    /// The bytes of `member`: the archive's own where it's stored, new memory where deflated.
    /// - Throws: `.malformed` where the data is damaged or its CRC-32 is wrong.
    package func read(_ member: Member) throws(OsteonError) -> SharedBytes {
        try locating("member \(member.name)") { () throws(OsteonError) in
            let source = bytes.extracting(member.stored)
            guard member.isDeflated else {
                try check(source, member)
                return source
            }
            let storage = try TensorStorage(byteCount: member.size)
            var output = storage.mutableBytes
            try Inflate.raw(source.span, into: &output)
            try check(storage.bytes, member)
            return storage.bytes
        }
    }

    private func check(_ data: SharedBytes, _ member: Member) throws(OsteonError) {
        guard Inflate.checksum(data.span) == member.checksum else {
            throw OsteonError(.malformed, "The data is damaged: its CRC-32 isn't the one recorded.", offset: member.stored.lowerBound)
        }
    }
}
