import Bytes
import Glibc

/// Elements of a drawing; coordinates in the drawing's own units.
enum SVG {
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let text = String(printf: "%.1f", value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func drawing(width: Double, height: Double, description: String, _ children: [HTML]) -> HTML {
        .element(
            "svg",
            [.init("viewBox", "0 0 \(number(width)) \(number(height))"), .init("role", "img"), .init("aria-label", description)], children)
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> HTML {
        .element(
            "line",
            [.init("x1", number(x1)), .init("y1", number(y1)), .init("x2", number(x2)), .init("y2", number(y2)), .init("class", style)])
    }

    /// - Parameter tip: what a pointer resting on it shows.
    static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, tip: String = "") -> HTML {
        .element(
            "rect",
            [
                .init("x", number(x)), .init("y", number(y)), .init("width", number(max(0, width))),
                .init("height", number(max(0, height))),
                .init("rx", "1.5"), .init("class", style),
            ], tip.isEmpty ? [] : [.element("title", text: tip)])
    }

    static func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, tip: String = "") -> HTML {
        .element(
            "circle", [.init("cx", number(x)), .init("cy", number(y)), .init("r", number(radius)), .init("class", style)],
            tip.isEmpty ? [] : [.element("title", text: tip)])
    }

    enum Anchor: String {
        case start, middle, end
    }

    static func text(_ text: String, _ x: Double, _ y: Double, _ anchor: Anchor, _ style: String = "", tip: String = "") -> HTML {
        var attributes: [HTML.Attribute] = [.init("x", number(x)), .init("y", number(y)), .init("text-anchor", anchor.rawValue)]
        if !style.isEmpty { attributes.append(.init("class", style)) }
        return .element("text", attributes, (tip.isEmpty ? [] : [.element("title", text: tip)]) + [.text(text)])
    }

    /// About how wide a text is set, in units.
    static func width(_ text: String) -> Double { Double(text.count) * 6.9 }

    /// A text of at most so many characters, its middle left out where it's longer: names of layers differ at both ends.
    static func shortened(_ text: String, to count: Int) -> String {
        guard text.count > count, count > 3 else { return text }
        let tail = (count - 1) / 2
        return text.prefix(count - 1 - tail) + "…" + text.suffix(tail)
    }

    /// Four significant digits, for a person.
    static func significant(_ value: Double) -> String { String(printf: "%.4g", value) }

    /// A figure: the drawing, and what it shows.
    static func figure(_ drawing: HTML, caption: String) -> HTML {
        .element("figure", [], caption.isEmpty ? [drawing] : [drawing, .element("figcaption", text: caption)])
    }
}
