/// A table: a header, and rows of text or markup.
package struct HTMLTable: Sendable {
    private let header: [String]
    private let numeric: Set<Int>
    private var rows: [HTML] = []

    /// - Parameter numeric: columns of numbers, set flush right.
    package init(_ header: [String], numeric: Set<Int> = []) {
        self.header = header
        self.numeric = numeric
    }

    /// Adds a row.
    /// - Parameter isBad: whether it's one to look at: set off by its colour.
    package mutating func add(_ cells: [HTML], isBad: Bool = false) {
        let cells = cells.enumerated().map { HTML.element("td", attributes($0.offset), [$0.element]) }
        rows.append(.element("tr", isBad ? [.init("class", "bad")] : [], cells))
    }

    private func attributes(_ column: Int) -> [HTML.Attribute] { numeric.contains(column) ? [.init("class", "number")] : [] }

    package var html: HTML {
        let head = HTML.element("tr", [], header.enumerated().map { .element("th", attributes($0.offset), text: $0.element) })
        let table = HTML.element("table", [], [.element("thead", [], [head]), .element("tbody", [], rows)])
        return .element("div", [.init("class", "scroll")], [table])
    }
}

/// Figures at a glance: a row of a few numbers with what they are.
package struct HTMLCards: Sendable {
    package enum Tone: Sendable {
        case plain, good, bad
    }

    private var cards: [HTML] = []

    package init() {}

    package mutating func add(_ value: String, _ caption: String, tone: Tone = .plain) {
        let style =
            switch tone {
            case .plain: "card"
            case .good: "card good"
            case .bad: "card bad"
            }
        cards.append(.element("div", [.init("class", style)], [.element("b", text: value), .element("span", text: caption)]))
    }

    package var html: HTML { .element("div", [.init("class", "cards")], cards) }
}
