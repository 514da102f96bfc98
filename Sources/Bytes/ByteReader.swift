/// A cursor over untrusted bytes: every read is checked against what remains, integers are little-endian.
///
/// The memory must outlive the reader (it belongs to a `MappedFile` or an array the caller holds).
package struct ByteReader {
    package let bytes: UnsafeRawBufferPointer
    package private(set) var position: Int
    package let end: Int

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    package var remaining: Int { end - position }
    package var isAtEnd: Bool { position == end }

    /// Moves to `newPosition`, counted from the start.
    package mutating func seek(to newPosition: Int) throws(OsteonError) {
        guard newPosition >= 0, newPosition <= end else { throw short(of: newPosition, from: 0) }
        position = newPosition
    }

    /// The next `count` bytes.
    package mutating func read(_ count: Int) throws(OsteonError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw short(of: count, from: position) }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    package mutating func skip(_ count: Int) throws(OsteonError) {
        _ = try read(count)
    }

    /// The next integer of type `T`, little-endian.
    package mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(OsteonError) -> T {
        T(littleEndian: try read(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    /// The next base-128 variable-length integer (protobuf, LevelDB).
    package mutating func variableInteger() throws(OsteonError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte: UInt8 = try integer()
            let part = UInt64(byte & 0x7F)
            if shift == 63, part > 1 { break }
            result |= part << shift
            if byte & 0x80 == 0 { return result }
        }
        throw OsteonError(.malformed, "A variable-length integer is too long.", offset: position)
    }

    /// The next `count` bytes as UTF-8 text; invalid UTF-8 is an error, never repaired.
    package mutating func text(_ count: Int) throws(OsteonError) -> String {
        let start = position
        let slice = try read(count)
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw OsteonError(.malformed, "Text that isn't valid UTF-8.", offset: start)
        }
        return text
    }

    private func short(of count: Int, from start: Int) -> OsteonError {
        OsteonError(.malformed, "The file ends too early: \(count) bytes wanted, \(max(0, end - start)) there.", offset: start)
    }
}
