/// A name compared by its UTF-8 bytes.
///
/// Swift's `String` holds names equal that differ in bytes ("é" written in one scalar or two); in files those are two names.
package struct UTF8Name: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: UTF8Name, b: UTF8Name) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String {
    /// Whether `self` comes before `other` in the order of their UTF-8 bytes.
    package func precedesInUTF8(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
