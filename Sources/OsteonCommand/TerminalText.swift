/// Text from files and arguments, made safe for a terminal.
///
/// Names of nodes, labels and files are strangers' words. A terminal obeys control characters among them (ESC and C1 begin
/// sequences that move the cursor, set the title or the colour), and marks of writing direction make a line read as another one.
enum TerminalText {
    /// One line: whatever isn't a printable character is spelled out, line ends too.
    static func line(_ text: String) -> String {
        spelled(text) { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            default: "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
    }

    /// Several lines, those after the first set in: none can pose as a line of its own.
    static func lines(_ text: String) -> [String] {
        let parts = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line(String($0)) }
        return parts.enumerated().map { index, part in index == 0 || part.hasPrefix("  ") ? part : "  " + part }
    }

    /// JSON, in which such characters can only stand in strings: they become escapes of the same meaning.
    static func json(_ text: String) -> String {
        spelled(text, keeping: "\n") { scalar in
            scalar.utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
    }

    private static func spelled(_ text: String, keeping kept: Unicode.Scalar? = nil, _ escape: (Unicode.Scalar) -> String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isPrintable(scalar) || scalar == kept {
                result.append(scalar)
            } else {
                result.append(contentsOf: escape(scalar).unicodeScalars)
            }
        }
        return String(result)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
        default: return true
        }
    }
}
