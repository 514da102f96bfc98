/// A cursor over untrusted bytes: every read is checked against what remains, integers are little-endian.
package struct ByteReader {
    package let bytes: SharedBytes
    /// Never beyond the end.
    @usableFromInline var place = 0

    package init(_ bytes: SharedBytes) { self.bytes = bytes }

    package var position: Int { place }
    package var end: Int { bytes.count }
    package var remaining: Int { bytes.count - place }
    package var isAtEnd: Bool { place == bytes.count }

    /// Moves to `newPosition`, counted from the start.
    package mutating func seek(to newPosition: Int) throws(OsteonError) {
        guard newPosition >= 0, newPosition <= end else { throw short(of: newPosition, from: 0) }
        place = newPosition
    }

    /// The next `count` bytes.
    package mutating func read(_ count: Int) throws(OsteonError) -> SharedBytes {
        try skip(count)
        return bytes.extracting(place - count..<place)
    }

    @inlinable
    package mutating func skip(_ count: Int) throws(OsteonError) {
        guard count >= 0, count <= bytes.count - place else { throw short(of: count, from: place) }
        place += count
    }

    /// The next integer of type `T`, little-endian.
    @inlinable
    package mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws(OsteonError) -> T {
        let start = place
        try skip(MemoryLayout<T>.size)
        return T(littleEndian: bytes.load(T.self, at: start))
    }

    /// The next base-128 variable-length integer (protobuf, LevelDB).
    package mutating func variableInteger() throws(OsteonError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard place < bytes.count else { throw short(of: 1, from: place) }
            let byte = bytes[place]
            place += 1
            let part = UInt64(byte & 0x7F)
            if shift == 63, part > 1 { break }
            result |= part << shift
            if byte & 0x80 == 0 { return result }
        }
        throw OsteonError(.malformed, "A variable-length integer is too long.", offset: place)
    }

    /// The next `count` bytes as UTF-8 text; invalid UTF-8 is an error, never repaired.
    package mutating func text(_ count: Int) throws(OsteonError) -> String {
        let start = place
        let slice = try read(count)
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw OsteonError(.malformed, "Text that isn't valid UTF-8.", offset: start)
        }
        return text
    }

    @usableFromInline
    func short(of count: Int, from start: Int) -> OsteonError {
        OsteonError(.malformed, "The file ends too early: \(count) bytes wanted, \(max(0, end - start)) there.", offset: start)
    }
}
