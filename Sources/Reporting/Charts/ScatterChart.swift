/// Pairs of numbers as points with the line of equal values: the scores of two models on the same cases.
package struct ScatterChart: Sendable {
    package struct Point: Sendable {
        package var name: String
        package var x: Double
        package var y: Double
        package var isBad: Bool

        package init(name: String, x: Double, y: Double, isBad: Bool = false) {
            self.name = name
            self.x = x
            self.y = y
            self.isBad = isBad
        }
    }

    /// Those with a coordinate that isn't a number are left out.
    package var points: [Point]
    package var xName: String
    package var yName: String
    /// Ends both axes have at any rate.
    package var range: ClosedRange<Double>?
    package var caption: String

    package init(_ points: [Point], xName: String, yName: String, range: ClosedRange<Double>? = nil, caption: String = "") {
        self.points = points
        self.xName = xName
        self.yName = yName
        self.range = range
        self.caption = caption
    }

    private static let size = 480.0, top = 12.0, below = 44.0, width = 1000.0

    package var html: HTML {
        let points = points.filter { $0.x.isFinite && $0.y.isFinite }
        let axis = ChartScale(.linear, points.flatMap { [$0.x, $0.y] }, range: range)
        let start = (Self.width - Self.size) / 2
        func x(_ value: Double) -> Double { start + Self.size * axis.position(value) }
        func y(_ value: Double) -> Double { Self.top + Self.size * (1 - axis.position(value)) }
        let bottom = Self.top + Self.size
        var parts: [HTML] = []
        for tick in axis.ticks {
            parts.append(SVG.line(x(tick), Self.top, x(tick), bottom, "grid"))
            parts.append(SVG.line(start, y(tick), start + Self.size, y(tick), "grid"))
            parts.append(SVG.text(axis.label(tick), x(tick), bottom + 16, .middle, "tick"))
            parts.append(SVG.text(axis.label(tick), start - 8, y(tick) + 4, .end, "tick"))
        }
        parts.append(SVG.line(start, bottom, start + Self.size, Self.top, "limit"))
        parts.append(SVG.text(xName, start + Self.size / 2, bottom + 36, .middle))
        parts.append(
            .element(
                "text",
                [
                    .init("transform", "translate(\(SVG.number(start - 48)) \(SVG.number(Self.top + Self.size / 2))) rotate(-90)"),
                    .init("text-anchor", "middle"),
                ],
                text: yName))
        for point in points {
            let tip = "\(point.name): \(SVG.significant(point.x)) and \(SVG.significant(point.y))"
            parts.append(SVG.circle(x(point.x), y(point.y), 3.5, point.isBad ? "point bad" : "point", tip: tip))
        }
        return SVG.figure(
            SVG.drawing(width: Self.width, height: bottom + Self.below, description: caption, parts), caption: caption)
    }
}
