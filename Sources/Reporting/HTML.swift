import Bytes

/// A piece of an HTML page, escaped by construction: names of elements and attributes are literals of the program, and
/// whatever comes from outside can only be text or the value of an attribute.
package struct HTML: Sendable {
    /// One attribute; its value is escaped.
    package struct Attribute: Sendable {
        let name: StaticString
        let value: String

        package init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private enum Content: Sendable {
        case text(String)
        case literal(StaticString)
        case element(StaticString, [Attribute], [HTML])
        case group([HTML])
    }

    private let content: Content

    private init(_ content: Content) { self.content = content }

    /// Text, as it is.
    package static func text(_ text: String) -> HTML { HTML(.text(text)) }

    /// An element.
    package static func element(_ name: StaticString, _ attributes: [Attribute] = [], _ children: [HTML] = []) -> HTML {
        HTML(.element(name, attributes, children))
    }

    /// An element that holds only text.
    package static func element(_ name: StaticString, _ attributes: [Attribute] = [], text: String) -> HTML {
        element(name, attributes, [.text(text)])
    }

    /// Several pieces, one after the other.
    package static func group(_ children: [HTML]) -> HTML { HTML(.group(children)) }

    /// The program's own style sheet or the like, written as it stands.
    static func literal(_ text: StaticString) -> HTML { HTML(.literal(text)) }

    /// An image that is part of the page.
    /// - Parameters:
    ///   - png: the bytes of a PNG file.
    ///   - description: what it shows, for who can't see it.
    package static func image(png: [UInt8], description: String, width: Int? = nil) -> HTML {
        var attributes = [Attribute("src", "data:image/png;base64,\(Base64.encoded(png))"), Attribute("alt", description)]
        if let width { attributes.append(Attribute("width", String(width))) }
        return element("img", attributes)
    }

    /// The markup.
    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(to bytes: inout [UInt8]) {
        switch content {
        case .text(let text): Self.escape(text, into: &bytes)
        case .literal(let text): Self.append(text, to: &bytes)
        case .group(let children): for child in children { child.append(to: &bytes) }
        case .element(let name, let attributes, let children):
            bytes.append(UInt8(ascii: "<"))
            Self.append(name, to: &bytes)
            for attribute in attributes {
                bytes.append(UInt8(ascii: " "))
                Self.append(attribute.name, to: &bytes)
                bytes += Array("=\"".utf8)
                Self.escape(attribute.value, into: &bytes)
                bytes.append(UInt8(ascii: "\""))
            }
            bytes.append(UInt8(ascii: ">"))
            if Self.isVoid(name) { return }
            for child in children { child.append(to: &bytes) }
            bytes += Array("</".utf8)
            Self.append(name, to: &bytes)
            bytes.append(UInt8(ascii: ">"))
        }
    }

    private static func append(_ literal: StaticString, to bytes: inout [UInt8]) {
        bytes += literal.description.utf8
    }

    /// Whether an element has neither content nor an end tag.
    private static func isVoid(_ name: StaticString) -> Bool {
        ["br", "hr", "img", "meta"].contains(name.description)
    }

    /// Control characters HTML doesn't allow become U+FFFD.
    private static func escape(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            case 0x09, 0x0A: bytes.append(byte)
            case 0..<0x20, 0x7F: bytes += Array("\u{FFFD}".utf8)
            default: bytes.append(byte)
            }
        }
    }
}

extension HTML: ExpressibleByStringInterpolation {
    /// Text.
    package init(stringLiteral value: String) { self = .text(value) }
}
