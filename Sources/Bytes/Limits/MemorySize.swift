/// Sizes of memory as people write and read them.
package enum MemorySize {
    private static let units: [(name: String, bytes: Int)] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    private static let decimal: [(name: String, bytes: Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000),
    ]

    /// For example `8.7 GiB`; whole bytes below 1 KiB.
    package static func text(_ byteCount: Int) -> String {
        guard let unit = units.first(where: { byteCount >= $0.bytes }) else { return "\(byteCount) bytes" }
        let tenths = (Double(byteCount) / Double(unit.bytes) * 10).rounded()
        guard tenths.truncatingRemainder(dividingBy: 10) != 0 else { return "\(Int(tenths / 10)) \(unit.name)" }
        return "\(tenths / 10) \(unit.name)"
    }

    /// Reads `8GiB`, `8G`, `512 MB`, `1.5g` or plain bytes; a letter alone counts by 1024. nil for anything else, and for less than 1.
    package static func parse(_ text: String) -> Int? {
        let text = text.filter { $0 != " " }.uppercased()
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let unit = text.dropFirst(number.count)
        guard let value = Double(number), value.isFinite else { return nil }
        let scale: Int
        if unit.isEmpty || unit == "B" {
            scale = 1
        } else if let found = decimal.first(where: { $0.name == unit }) {
            scale = found.bytes
        } else {
            guard let found = units.first(where: { $0.name.uppercased() == unit || $0.name.prefix(1) == unit }) else { return nil }
            scale = found.bytes
        }
        guard let bytes = Int(exactly: (value * Double(scale)).rounded()), bytes >= 1 else { return nil }
        return bytes
    }
}
