/// A name compared by its UTF-8 bytes.
///
/// Swift's `String` holds names equal that differ in bytes ("é" written in one scalar or two); in files those are two names.
package struct UTF8Name: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: UTF8Name, b: UTF8Name) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// Whether `self` comes before `other` in the order of their UTF-8 bytes.
    package func precedesInUTF8(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

/// Refuses names of one model that differ in bytes and that Unicode holds equal ("é" written in one scalar or two).
///
/// They're two names in a file, and look the same to everybody who reads them; a dictionary of Swift's strings would let one stand for
/// both. No model needs them, so none with them gets past its reader.
package enum EquivalentNames {
    /// - Parameter names: in any order; the same name may come more than once.
    /// - Throws: `.unsupported` with the bytes of both names.
    package static func refuse(_ names: some Sequence<String>) throws(OsteonError) {
        // Most models have none but ASCII names, and those are equal only where their bytes are.
        guard names.contains(where: { !$0.utf8.allSatisfy { $0 < 0x80 } }) else { return }
        var known: [String: String] = [:]
        for name in names {
            guard let other = known.updateValue(name, forKey: name), !other.utf8.elementsEqual(name.utf8) else { continue }
            throw OsteonError(
                .unsupported,
                """
                Two values or nodes are named \(name), once in the bytes \(bytes(other)) and once in \(bytes(name)): Unicode treats \
                them as equal, and they look the same. Rename one of them.
                """
            )
        }
    }

    private static func bytes(_ name: String) -> String {
        let digits = name.utf8.prefix(24).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return name.utf8.count > 24 ? digits + " …" : digits
    }
}
