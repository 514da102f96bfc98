import Bytes

/// JSON as people write it by hand: a byte order mark, `//` and `/* */` comments, commas before a closing bracket.
enum LenientJSON {
    /// Containers inside one another; what's written into a native file must leave room for its own.
    private static let deepest = 64

    /// - Returns: also what isn't JSON and was passed over.
    static func parse(_ bytes: SharedBytes) throws(OsteonError) -> (value: JSONValue, tolerated: [String]) {
        var limits = JSONValue.Limits()
        limits.depth = deepest
        var tolerated: [String] = []
        var text = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            text = bytes.extracting(3...)
            tolerated.append("a byte order mark")
        }
        do {
            return (try JSONValue(parsing: text, limits: limits), tolerated)
        } catch  where error.code == .malformed {
            var blanked = Array(text)
            let found = blank(&blanked)
            guard !found.isEmpty else { throw error }
            let value = try JSONValue(parsing: blanked.span, limits: limits)
            return (value, tolerated + found)
        }
    }

    /// Overwrites comments and trailing commas with spaces, so that offsets stay.
    private static func blank(_ bytes: inout [UInt8]) -> [String] {
        var position = 0
        var comma: Int?
        var hasComments = false
        var hasCommas = false
        func next(_ letter: Character) -> Bool { position + 1 < bytes.count && bytes[position + 1] == letter.asciiValue }
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                comma = nil
                position += 1
                while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
            case UInt8(ascii: "/") where next("/"):
                hasComments = true
                while position < bytes.count, bytes[position] != 0x0A {
                    bytes[position] = 0x20
                    position += 1
                }
                continue
            case UInt8(ascii: "/") where next("*"):
                hasComments = true
                let start = position
                position += 2
                while position < bytes.count, !(bytes[position] == UInt8(ascii: "*") && next("/")) { position += 1 }
                position = min(position + 2, bytes.count)
                for place in start..<position { bytes[place] = 0x20 }
                continue
            case UInt8(ascii: ","): comma = position
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if let place = comma {
                    bytes[place] = 0x20
                    hasCommas = true
                }
                comma = nil
            case 0x20, 0x0A, 0x0D, 0x09: break
            default: comma = nil
            }
            position += 1
        }
        return (hasComments ? ["comments"] : []) + (hasCommas ? ["trailing commas"] : [])
    }
}
