import Bytes

/// Decompression of a Snappy block (Google's `format_description.txt`).
package enum Snappy {
    /// - Throws: `.malformed` where the block is damaged, `.limitExceeded` where it says it's larger than `limit`.
    package static func decompressed(_ bytes: SharedBytes, limit: Int) throws(OsteonError) -> [UInt8] {
        var reader = ByteReader(bytes)
        let count = try Checked.int(reader.variableInteger())
        // A copy of three bytes makes 64 at most.
        guard count <= limit, count / 64 <= bytes.count else {
            throw OsteonError(.limitExceeded, "A compressed block of \(bytes.count) bytes claims to hold \(count).")
        }
        var result: [UInt8] = []
        try result.reserveBudgeted(count)
        while !reader.isAtEnd {
            let tag: UInt8 = try reader.integer()
            let distance: Int
            let length: Int
            switch tag & 3 {
            case 0:
                let literal = try literalLength(tag, &reader)
                guard literal <= count - result.count else { throw overrun }
                result += try reader.read(literal)
                continue
            case 1:
                length = 4 + Int(tag >> 2 & 7)
                distance = Int(tag >> 5) << 8 | Int(try reader.integer(UInt8.self))
            case 2:
                length = 1 + Int(tag >> 2)
                distance = Int(try reader.integer(UInt16.self))
            default:
                length = 1 + Int(tag >> 2)
                distance = Int(try reader.integer(UInt32.self))
            }
            guard distance >= 1, distance <= result.count else {
                throw OsteonError(.malformed, "A compressed block copies from before its beginning.")
            }
            guard length <= count - result.count else { throw overrun }
            // The copy may overlap what it makes, so byte by byte.
            for _ in 0..<length { result.append(result[result.count - distance]) }
        }
        guard result.count == count else {
            throw OsteonError(.malformed, "A compressed block holds \(result.count) bytes, not \(count).")
        }
        return result
    }

    private static var overrun: OsteonError {
        OsteonError(.malformed, "A compressed block holds more than it says.")
    }

    private static func literalLength(_ tag: UInt8, _ reader: inout ByteReader) throws(OsteonError) -> Int {
        let short = Int(tag >> 2)
        guard short >= 60 else { return short + 1 }
        var length = 0
        for (place, byte) in try reader.read(short - 59).enumerated() { length |= Int(byte) << (8 * place) }
        return length + 1
    }
}
