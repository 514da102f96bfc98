import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct HTMLTests {
    @Test func whatComesFromOutsideIsText() {
        let hostile = "<script>alert('1')</script>&\"\u{0}"
        let html = HTML.element("p", [.init("title", hostile)], [.text(hostile)])
        let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;\u{FFFD}"
        #expect(html.text == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func voidElementsHaveNoEnd() {
        #expect(HTML.group([.element("br"), .element("b", text: "ä")]).text == "<br><b>ä</b>")
    }

    @Test func picturesTravelInThePage() {
        for (bytes, text) in [
            ([1], "AQ=="), ([1, 2], "AQI="), ([1, 2, 3], "AQID"), (Array(0...255), Data(0...255).base64EncodedString()),
        ] as [([UInt8], String)] {
            #expect(HTML.image(png: bytes, description: "a").text == "<img src=\"data:image/png;base64,\(text)\" alt=\"a\">")
        }
    }

    @Test func aPageLoadsNothing() {
        var page = HTMLPage(title: "T < U", subtitle: "s", footer: "f")
        page.add("Part", note: "n", "text", BarChart([.init(label: "a", value: 1, valueText: "1")]).html)
        let text = page.text
        #expect(text.hasPrefix("<!DOCTYPE html>"))
        #expect(text.contains("default-src 'none'") || text.contains("default-src &#39;none&#39;"))
        for word in ["<script", "http:", "https:", "@import", "<link", "url("] { #expect(!text.contains(word), "\(word)") }
        #expect(text.contains("<title>T &lt; U</title>"))
        #expect(text.contains("prefers-color-scheme:dark"))
    }

    @Test func tablesMarkNumbersAndBadRows() {
        var table = HTMLTable(["name", "value"], numeric: [1])
        table.add(["a", "1"])
        table.add(["b", "2"], isBad: true)
        let text = table.html.text
        #expect(text.contains("<th>name</th><th class=\"number\">value</th>"))
        #expect(text.contains("<tr class=\"bad\"><td>b</td><td class=\"number\">2</td></tr>"))
    }
}

@Suite struct ChartTests {
    /// The numbers of an attribute, in order.
    private func numbers(_ attribute: String, _ element: String, in text: String) -> [Double] {
        text.components(separatedBy: "<\(element) ").dropFirst().compactMap { part in
            let tag = part.prefix { $0 != ">" }
            guard
                let start = tag.range(of: " \(attribute)=\"") ?? (tag.hasPrefix("\(attribute)=\"") ? tag.range(of: "\(attribute)=\"") : nil)
            else { return nil }
            return Double(tag[start.upperBound...].prefix { $0 != "\"" })
        }
    }

    @Test func barsGrowWithTheirValue() {
        let bars = [1.0, 2, 4].map { BarChart.Bar(label: "l", value: $0, valueText: "v", isBad: $0 == 4) }
        let text = BarChart(bars, limit: (3, "limit")).html.text
        let widths = numbers("width", "rect", in: text)
        #expect(widths.count == 3)
        #expect(abs(widths[1] - 2 * widths[0]) < 0.2 && abs(widths[2] - 4 * widths[0]) < 0.3)
        #expect(text.contains("class=\"bar bad\"") && text.contains("limit"))
    }

    @Test func aLogarithmicAxisGivesEqualRatiosEqualLengths() {
        let bars = [1e-6, 1e-4, 1e-2].map { BarChart.Bar(label: "l", value: $0, valueText: "v") }
        let widths = numbers("width", "rect", in: BarChart(bars, scale: .logarithmic).html.text)
        #expect(abs((widths[1] - widths[0]) - (widths[2] - widths[1])) < 0.3)
    }

    @Test(arguments: [[], [0, 0], [-.infinity, .infinity, .nan], [1e308, -1e308], [5e-300], [5]] as [[Double]])
    func oddValuesDrawSomething(_ values: [Double]) {
        for scale in [ChartScaleKind.linear, .logarithmic] {
            let text = BarChart(values.map { .init(label: "x", value: $0, valueText: "") }, scale: scale).html.text
            #expect(!text.lowercased().contains("nan\"") && !text.contains("inf\""))
        }
        let strip = StripChart([.init(label: "g", points: values.map { .init(name: "c", value: $0) })]).html.text
        let scatter = ScatterChart(values.map { .init(name: "c", x: $0, y: $0) }, xName: "a", yName: "b").html.text
        for text in [strip, scatter] { #expect(!text.contains("=\"nan") && !text.contains("=\"inf")) }
    }

    @Test func pointsOnTheDiagonalAreEqual() {
        let text = ScatterChart(
            [.init(name: "a", x: 0.25, y: 0.25), .init(name: "b", x: 0.5, y: 0.9)], xName: "first", yName: "second", range: 0...1
        ).html.text
        let x = numbers("cx", "circle", in: text)
        let y = numbers("cy", "circle", in: text)
        // The identity line runs from the lower left corner to the upper right one.
        #expect(abs((x[0] - 260) - (492 - y[0])) < 0.2)
        #expect(y[1] < 492 - (x[1] - 260))
    }

    @Test func aBoxSpansTheQuartiles() {
        let points = [0.0, 0.25, 0.5, 0.75, 1].map { StripChart.Point(name: "c", value: $0) }
        let text = StripChart([.init(label: "g", points: points)], range: 0...1).html.text
        let box = numbers("width", "rect", in: text)
        let x = numbers("cx", "circle", in: text)
        #expect(box.count == 1 && abs(box[0] - (x[3] - x[1])) < 0.3)
        #expect(text.contains("median 0.5, quartiles 0.25 and 0.75, 5 cases"))
    }
}
