/// A table of text with aligned columns.
struct TextTable {
    private var rows: [[String]]
    /// Columns set flush right (numbers).
    private let numeric: Set<Int>

    init(_ header: [String], numeric: Set<Int> = []) {
        rows = [header]
        self.numeric = numeric
    }

    /// - Parameter row: cells; what a terminal would obey is spelled out, so that columns are as wide as they look.
    mutating func add(_ row: [String]) { rows.append(row.map(TerminalText.line)) }

    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return numeric.contains(column) ? space + cell : cell + space
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            lines.append(line)
            if index == 0 { lines.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")) }
        }
        return lines
    }
}

/// Numbers as people read them.
enum Format {
    /// 1536 → "1.5 KiB".
    static func bytes(_ count: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(count) B" : "\(fixed(value, value < 10 ? 2 : 1)) \(units[unit])"
    }

    /// 62_400_000_000 → "62.4 G".
    static func count(_ count: Int) -> String {
        let units = ["", " k", " M", " G", " T"]
        var value = Double(count)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(count)" : "\(fixed(value, value < 10 ? 2 : 1))\(units[unit])"
    }

    /// 1 → "1", 0.5 → "0.5".
    static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    static func seconds(_ value: Double) -> String {
        value < 1 ? "\(fixed(value * 1000, value < 0.01 ? 1 : 0)) ms" : "\(fixed(value, 2)) s"
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int(scaled) / Int(scale)
        let part = Int(scaled) % Int(scale)
        let fraction = String(part)
        let padded = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        return (value < 0 ? "-" : "") + (digits == 0 ? "\(whole)" : "\(whole).\(padded)")
    }
}
