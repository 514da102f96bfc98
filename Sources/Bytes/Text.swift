@_spi(_Unicode) import Swift

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

extension String {
    /// `value` with so many digits behind the point: the nearest such number, of two equally near ones the even one; `nan` and `inf`
    /// for what has none.
    package init(_ value: Double, digits: Int) {
        self = value.isNaN ? "nan" : Self.written("%.*f", [Int32(clamping: digits), value])
    }

    /// Numbers as C's `printf` writes them, always with a point: `%.1f`, `%.3g`, `%.2e`.
    ///
    /// The format is the program's own: text from outside goes beside it, never into it.
    package init(printf format: StaticString, _ numbers: Double...) { self = Self.written(format, numbers) }

    private static func written(_ format: StaticString, _ arguments: [any CVarArg]) -> String {
        let count = unsafe withVaList(arguments) { unsafe vsnprintf(nil, 0, format.cText, $0) }
        var bytes = [CChar](repeating: 0, count: Swift.max(0, Int(count)) + 1)
        _ = unsafe withVaList(arguments) { unsafe vsnprintf(&bytes, bytes.count, format.cText, $0) }
        return String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Canonically composed (Unicode's NFC), so that equal text has equal bytes.
    package var composed: String { String(String.UnicodeScalarView(_nfc)) }
}

extension StringProtocol {
    /// Without white space and line ends at either end.
    package var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

extension StaticString {
    fileprivate var cText: UnsafePointer<CChar> { unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
