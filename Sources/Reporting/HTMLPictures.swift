/// A colour as red, green and blue.
package typealias HTMLColor = [UInt8]

/// What colours stand for: a swatch and a word each.
package struct HTMLLegend: Sendable {
    private var entries: [HTML] = []

    package init() {}

    /// - Parameter isOutline: whether the colour is drawn as a line and not as a surface.
    package mutating func add(_ color: HTMLColor, _ label: String, isOutline: Bool = false) {
        entries.append(.element("li", [], [Self.swatch(color, isOutline: isOutline), .text(label)]))
    }

    package mutating func add(_ text: String) { entries.append(.element("li", text: text)) }

    package var html: HTML { .element("ul", [.init("class", "legend")], entries) }

    private static func swatch(_ color: HTMLColor, isOutline: Bool) -> HTML {
        let rgb = "rgb(" + color.map { String($0) }.joined(separator: ",") + ")"
        let style = isOutline ? "border:2px solid \(rgb)" : "background:\(rgb)"
        return .element("span", [.init("class", "swatch"), .init("style", style)])
    }
}

/// Pictures side by side, as many as fit.
package struct HTMLPictures: Sendable {
    private var pictures: [HTML] = []

    package init() {}

    /// - Parameters:
    ///   - png: the bytes of a PNG file.
    ///   - description: what it shows, for who can't see it.
    package mutating func add(png: [UInt8], caption: String, description: String) {
        pictures.append(.element("figure", [], [.image(png: png, description: description), .element("figcaption", text: caption)]))
    }

    package var html: HTML { .element("div", [.init("class", "pictures")], pictures) }
}
