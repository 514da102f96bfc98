import Bytes

/// The cases of each group as points, with the box of their quartiles: scores by structure.
package struct StripChart: Sendable {
    package struct Point: Sendable {
        package var name: String
        package var value: Double
        package var isBad: Bool

        package init(name: String, value: Double, isBad: Bool = false) {
            self.name = name
            self.value = value
            self.isBad = isBad
        }
    }

    package struct Group: Sendable {
        package var label: String
        /// Values that aren't numbers are left out.
        package var points: [Point]

        package init(label: String, points: [Point]) {
            self.label = label
            self.points = points
        }
    }

    package var groups: [Group]
    /// Ends the axis has at any rate, such as 0 to 1 for Dice.
    package var range: ClosedRange<Double>?
    /// A value marked by a line, and what it's called.
    package var limit: (value: Double, name: String)?
    package var caption: String

    package init(_ groups: [Group], range: ClosedRange<Double>? = nil, limit: (value: Double, name: String)? = nil, caption: String = "") {
        self.groups = groups
        self.range = range
        self.limit = limit
        self.caption = caption
    }

    private static let width = 1000.0, row = 44.0, top = 24.0, longestLabel = 40

    package var html: HTML {
        let values = groups.flatMap { $0.points.map(\.value) } + (limit.map { [$0.value] } ?? [])
        let axis = ChartScale(.linear, values, range: range)
        let labels = groups.map { SVG.shortened($0.label, to: Self.longestLabel) }
        let left = (labels.map { SVG.width($0) }.max() ?? 0) + 16
        let height = Self.top + Double(groups.count) * Self.row + 6
        func place(_ value: Double) -> Double { left + (Self.width - left - 16) * axis.position(value) }
        var parts: [HTML] = []
        for tick in axis.ticks {
            parts.append(SVG.line(place(tick), Self.top, place(tick), height, "grid"))
            parts.append(SVG.text(axis.label(tick), place(tick), 12, .middle, "tick"))
        }
        for (index, group) in groups.enumerated() {
            let middle = Self.top + (Double(index) + 0.5) * Self.row
            parts.append(SVG.text(labels[index], left - 12, middle + 4, .end, tip: group.label))
            parts += Self.row(group, at: middle, place)
        }
        if let limit {
            parts.append(SVG.line(place(limit.value), Self.top - 4, place(limit.value), height, "limit"))
            parts.append(SVG.text(limit.name, place(limit.value) + 4, Self.top - 1, .start, "limittext"))
        }
        return SVG.figure(SVG.drawing(width: Self.width, height: height, description: caption, parts), caption: caption)
    }

    /// Box, whiskers to the ends, and the points, moved up and down by a fixed pattern so that they don't hide one another.
    private static func row(_ group: Group, at middle: Double, _ place: (Double) -> Double) -> [HTML] {
        let points = group.points.filter { $0.value.isFinite }
        let sorted = points.map(\.value).sorted()
        guard let low = sorted.first, let high = sorted.last else { return [] }
        let q1 = quantile(sorted, 0.25)
        let median = quantile(sorted, 0.5)
        let q3 = quantile(sorted, 0.75)
        var parts: [HTML] = []
        if sorted.count > 2 {
            parts.append(SVG.line(place(low), middle, place(high), middle, "axis"))
            let tip =
                """
                \(group.label): median \(SVG.significant(median)), quartiles \(SVG.significant(q1)) and \(SVG.significant(q3)), \
                \(sorted.count) cases
                """
            parts.append(SVG.rectangle(place(q1), middle - 12, place(q3) - place(q1), 24, "box", tip: tip))
            parts.append(SVG.line(place(median), middle - 12, place(median), middle + 12, "median"))
        }
        let offsets = [0.0, -5, 5, -2.5, 2.5, -7.5, 7.5]
        for (index, point) in points.enumerated() {
            let y = middle + offsets[index % offsets.count]
            parts.append(
                SVG.circle(
                    place(point.value), y, 3, point.isBad ? "point bad" : "point", tip: "\(point.name): \(SVG.significant(point.value))"))
        }
        return parts
    }

    /// By linear interpolation between the two nearest (type 7 of Hyndman and Fan, 1996).
    static func quantile(_ sorted: [Double], _ part: Double) -> Double {
        guard let last = sorted.indices.last else { return .nan }
        let place = part * Double(last)
        let below = Checked.clamped(place, to: 0...last, .down)
        return below >= last ? sorted[last] : sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
    }
}
