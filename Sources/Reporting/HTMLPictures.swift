/// A colour as red, green and blue.
public typealias HTMLColor = [UInt8]

/// What colours stand for: a swatch and a word each.
public struct HTMLLegend: Sendable {
    private var entries: [HTML] = []

    public init() {}

    /// - Parameter isOutline: whether the colour is drawn as a line and not as a surface.
    public mutating func add(_ color: HTMLColor, _ label: String, isOutline: Bool = false) {
        entries.append(.element("li", [], [Self.swatch(color, isOutline: isOutline), .text(label)]))
    }

    public mutating func add(_ text: String) { entries.append(.element("li", text: text)) }

    public var html: HTML { .element("ul", [.init("class", "legend")], entries) }

    private static func swatch(_ color: HTMLColor, isOutline: Bool) -> HTML {
        let rgb = "rgb(" + color.map { String($0) }.joined(separator: ",") + ")"
        let style = isOutline ? "border:2px solid \(rgb)" : "background:\(rgb)"
        return .element("span", [.init("class", "swatch"), .init("style", style)])
    }
}

/// Pictures side by side, as many as fit.
public struct HTMLPictures: Sendable {
    private var pictures: [HTML] = []

    public init() {}

    /// - Parameters:
    ///   - png: the bytes of a PNG file.
    ///   - description: what it shows, for who can't see it.
    public mutating func add(png: [UInt8], caption: String, description: String) {
        pictures.append(.element("figure", [], [.image(png: png, description: description), .element("figcaption", text: caption)]))
    }

    public var html: HTML { .element("div", [.init("class", "pictures")], pictures) }
}
