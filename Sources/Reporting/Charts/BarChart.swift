/// Horizontal bars, one a row: an error or a time by layer.
package struct BarChart: Sendable {
    package struct Bar: Sendable {
        package var label: String
        package var value: Double
        /// What stands behind the bar: the number as people read it.
        package var valueText: String
        /// What a pointer resting on the bar shows.
        package var tip: String
        /// Whether the bar is one to look at.
        package var isBad: Bool

        package init(label: String, value: Double, valueText: String, tip: String = "", isBad: Bool = false) {
            self.label = label
            self.value = value
            self.valueText = valueText
            self.tip = tip
            self.isBad = isBad
        }
    }

    package var bars: [Bar]
    package var scale: ChartScaleKind
    /// A value marked by a line across all bars, and what it's called.
    package var limit: (value: Double, name: String)?
    package var caption: String

    package init(_ bars: [Bar], scale: ChartScaleKind = .linear, limit: (value: Double, name: String)? = nil, caption: String = "") {
        self.bars = bars
        self.scale = scale
        self.limit = limit
        self.caption = caption
    }

    private static let width = 1000.0, row = 20.0, top = 24.0, longestLabel = 42

    package var html: HTML {
        let axis = ChartScale(scale, bars.map(\.value) + (limit.map { [$0.value] } ?? []), includesZero: true)
        let labels = bars.map { SVG.shortened($0.label, to: Self.longestLabel) }
        let left = (labels.map { SVG.width($0) }.max() ?? 0) + 12
        let right = (bars.map { SVG.width($0.valueText) }.max() ?? 0) + 12
        let plot = Self.width - left - right
        let height = Self.top + Double(bars.count) * Self.row + 6
        func place(_ value: Double) -> Double { left + plot * axis.position(value) }
        var parts: [HTML] = []
        for tick in axis.ticks {
            parts.append(SVG.line(place(tick), Self.top, place(tick), height, "grid"))
            parts.append(SVG.text(axis.label(tick), place(tick), 12, .middle, "tick"))
        }
        parts.append(SVG.line(left, Self.top, left, height, "axis"))
        for (index, bar) in bars.enumerated() {
            let y = Self.top + Double(index) * Self.row
            let end = place(bar.value)
            parts.append(SVG.text(labels[index], left - 8, y + 14, .end, bar.isBad ? "bad" : "", tip: bar.label))
            parts.append(
                SVG.rectangle(
                    left, y + 4, max(end - left, bar.value == 0 ? 0 : 1), Self.row - 7, bar.isBad ? "bar bad" : "bar", tip: bar.tip))
            parts.append(SVG.text(bar.valueText, end + 6, y + 14, .start, "tick"))
        }
        if let limit {
            parts.append(SVG.line(place(limit.value), Self.top - 4, place(limit.value), height, "limit"))
            // Beside the marks of the axis, which it might else hide.
            parts.append(SVG.text(limit.name, place(limit.value) + 4, Self.top - 1, .start, "limittext"))
        }
        return SVG.figure(SVG.drawing(width: Self.width, height: height, description: caption, parts), caption: caption)
    }
}
