import Bytes

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
    /// 1536 → "1.50 KiB".
    static func bytes(_ count: Int) -> String { scaled(count, by: 1024, [" B", " KiB", " MiB", " GiB", " TiB"]) }

    /// 62_400_000_000 → "62.4 G".
    static func count(_ count: Int) -> String { scaled(count, by: 1000, ["", " k", " M", " G", " T"]) }

    private static func scaled(_ count: Int, by step: Double, _ units: [String]) -> String {
        var value = Double(count)
        var unit = 0
        while value >= step, unit < units.count - 1 {
            value /= step
            unit += 1
        }
        return (unit == 0 ? "\(count)" : String(value, digits: value < 10 ? 2 : 1)) + units[unit]
    }

    /// 1 → "1", 0.5 → "0.5".
    static func number(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    static func seconds(_ value: Double) -> String {
        value < 1 ? "\(String(value * 1000, digits: value < 0.01 ? 1 : 0)) ms" : "\(String(value, digits: 2)) s"
    }
}
