/// Rows as comma-separated values (RFC 4180, but lines end in a line feed), looked at by their bytes: what's one `Character` to
/// Swift ("=" with a mark above it, a carriage return with its line feed) is several to a spreadsheet.
package enum CommaSeparated {
    package static func text(_ rows: [[String]]) -> String {
        var bytes: [UInt8] = []
        for row in rows {
            for (column, field) in row.enumerated() {
                if column > 0 { bytes.append(UInt8(ascii: ",")) }
                append(field, to: &bytes)
            }
            bytes.append(0x0A)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ field: String, to bytes: inout [UInt8]) {
        let text = isFormula(field) ? "'" + field : field
        let quote = UInt8(ascii: "\"")
        guard text.utf8.contains(where: { [quote, UInt8(ascii: ","), 0x0A, 0x0D].contains($0) }) else {
            bytes += text.utf8
            return
        }
        bytes.append(quote)
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }

    /// Whether a spreadsheet might compute a field: names come from strangers' files.
    ///
    /// White space and what can't be seen in front is passed over, as spreadsheets do; a line end or tab there is suspect by itself. The
    /// signs have wide forms, which some take for the narrow ones. A number is no formula, whatever its sign.
    private static func isFormula(_ text: String) -> Bool {
        if Double(text) != nil { return false }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: return true
            case .format, .spaceSeparator: continue
            default: return ["=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}"].contains(scalar)
            }
        }
        return false
    }
}
