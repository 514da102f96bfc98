import Bytes
import CZlib

/// Makes a ZIP archive of stored members, each some bytes of a header and a tensor's elements.
///
/// Members start their data at multiples of 64 (the local header is padded by an extra field) so that readers can use it in
/// place. No times are recorded: equal input gives equal bytes. ZIP64 records appear only where a size needs them.
struct ZipWriter {
    private struct Member {
        var name: [UInt8], header: [UInt8], tensor: Tensor
        var size: Int, checksum: UInt32, start: Int, local: [UInt8]
    }

    private var members: [Member] = []
    private var names: Set<[UInt8]> = []
    private var position = 0
    /// Writes ZIP64 records even where nothing needs them.
    let isWide: Bool

    private static let alignment = 64
    /// Android's alignment field: two bytes of alignment, then zeros.
    private static let paddingField: UInt16 = 0xD935
    private static let narrowLimit = 0xFFFF_FFFF

    init(isWide: Bool = false) { self.isWide = isWide }

    mutating func add(_ name: String, header: [UInt8], _ tensor: Tensor) throws(OsteonError) {
        let nameBytes = Array(name.utf8)
        guard nameBytes.count <= 0xFFFF, names.insert(nameBytes).inserted else {
            throw OsteonError(.usage, "Two arrays named \(name), or a name too long for an archive.")
        }
        let size = try Checked.add(header.count, tensor.byteCount)
        let sum = Inflate.checksum(header.span)
        let checksum = UInt32(
            truncatingIfNeeded: crc32_combine(
                UInt(sum), UInt(Inflate.checksum(tensor.bytes.span)), tensor.byteCount))
        var member = Member(
            name: nameBytes, header: header, tensor: tensor, size: size, checksum: checksum, start: position, local: [])
        member.local = localHeader(member)
        position = try Checked.add(position, Checked.add(member.local.count, size))
        members.append(member)
    }

    func write(to path: String) throws(OsteonError) {
        let content = members.flatMap { [SharedBytes($0.local + $0.header), $0.tensor.bytes] }
        try AtomicFile.write(content + [SharedBytes(directory())], to: path)
    }

    private func isWide(_ member: Member) -> Bool {
        isWide || member.size >= Self.narrowLimit || member.start >= Self.narrowLimit
    }

    private func localHeader(_ member: Member) -> [UInt8] {
        let wide = isWide(member)
        var bytes = LittleEndianBytes()
        bytes.append(ZipDirectory.localSignature)
        bytes.append(UInt16(wide ? 45 : 20))
        commonFields(member, wide, &bytes)
        var extra = LittleEndianBytes()
        if wide { extra.append(ZipDirectory.zip64Field, UInt16(16), UInt64(member.size), UInt64(member.size)) }
        let unpadded = member.start + 30 + member.name.count + extra.bytes.count + 6
        let padding = (Self.alignment - unpadded % Self.alignment) % Self.alignment
        extra.append(Self.paddingField, UInt16(2 + padding), UInt16(Self.alignment))
        extra.bytes += [UInt8](repeating: 0, count: padding)
        bytes.append(UInt16(member.name.count), UInt16(extra.bytes.count))
        return bytes.bytes + member.name + extra.bytes
    }

    /// Flags (UTF-8 names), method, date, checksum and sizes, alike in both headers.
    private func commonFields(_ member: Member, _ wide: Bool, _ bytes: inout LittleEndianBytes) {
        let size = wide ? UInt32.max : UInt32(member.size)
        bytes.append(UInt16(0x0800), UInt16(0), UInt16(0), UInt16(0x21), member.checksum, size, size)
    }

    private func directory() -> [UInt8] {
        var bytes = LittleEndianBytes()
        for member in members {
            let wide = isWide(member)
            bytes.append(ZipDirectory.centralSignature, UInt16(wide ? 45 : 20), UInt16(wide ? 45 : 20))
            commonFields(member, wide, &bytes)
            bytes.append(UInt16(member.name.count), UInt16(wide ? 28 : 0), UInt16(0), UInt16(0), UInt16(0), UInt32(0))
            bytes.append(wide ? UInt32.max : UInt32(member.start))
            bytes.bytes += member.name
            if wide {
                bytes.append(ZipDirectory.zip64Field, UInt16(24), UInt64(member.size), UInt64(member.size), UInt64(member.start))
            }
        }
        let size = bytes.bytes.count
        let wide = isWide || position + size >= Self.narrowLimit || members.count >= 0xFFFF
        if wide {
            let record = position + size
            bytes.append(ZipDirectory.end64Signature, UInt64(44), UInt16(45), UInt16(45), UInt32(0), UInt32(0))
            bytes.append(UInt64(members.count), UInt64(members.count), UInt64(size), UInt64(position))
            bytes.append(ZipDirectory.locator64Signature, UInt32(0), UInt64(record), UInt32(1))
        }
        let count = wide ? UInt16.max : UInt16(members.count)
        bytes.append(ZipDirectory.endSignature, UInt16(0), UInt16(0), count, count)
        bytes.append(wide ? UInt32.max : UInt32(size), wide ? UInt32.max : UInt32(position), UInt16(0))
        return bytes.bytes
    }
}

/// Little-endian integers one after the other.
private struct LittleEndianBytes {
    var bytes: [UInt8] = []

    mutating func append<each T: FixedWidthInteger>(_ value: repeat each T) {
        for part in repeat each value {
            bytes += part.littleEndianBytes
        }
    }
}
