import Bytes

/// A report as one file: no script, nothing loaded from anywhere, light or dark as the reader's system is.
package struct HTMLPage: Sendable {
    package var title: String
    /// What the report is about, below the title.
    package var subtitle: String
    package var body: [HTML]
    /// How it was made, at the end.
    package var footer: String

    package init(title: String, subtitle: String, body: [HTML] = [], footer: String = "") {
        self.title = title
        self.subtitle = subtitle
        self.body = body
        self.footer = footer
    }

    /// A part with a heading.
    package mutating func add(_ heading: String, note: String = "", _ content: HTML...) {
        var children: [HTML] = [.element("h2", text: heading)]
        if !note.isEmpty { children.append(.element("p", [.init("class", "note")], text: note)) }
        body.append(.element("section", [], children + content))
    }

    /// The file's text.
    package var text: String {
        let head: [HTML] = [
            .element("meta", [.init("charset", "utf-8")]),
            .element(
                "meta",
                [
                    .init("http-equiv", "Content-Security-Policy"),
                    .init("content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'"),
                ]),
            .element("meta", [.init("name", "viewport"), .init("content", "width=device-width, initial-scale=1")]),
            .element("title", text: title),
            .element("style", [], [.literal(style)]),
        ]
        var main: [HTML] = [
            .element("header", [], [.element("h1", text: title), .element("p", [.init("class", "note")], text: subtitle)])
        ]
        main += body
        if !footer.isEmpty { main.append(.element("footer", text: footer)) }
        let page = HTML.element(
            "html", [.init("lang", "en")], [.element("head", [], head), .element("body", [], [.element("main", [], main)])])
        return "<!DOCTYPE html>\n" + page.text + "\n"
    }

    /// Writes the page, whole or not at all.
    package func write(to path: String) throws(OsteonError) { try AtomicFile.write(text: text, to: path) }
}

/// The one style sheet; charts take their colours from it.
private let style: StaticString = """
    :root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--ink:#1d2329;--soft:#5d6872;--line:#d9dee3;--grid:#e8ebee;\
    --main:#2f6db5;--mainsoft:#2f6db526;--bad:#c23b22;--badsoft:#c23b221f;--good:#2b7d4f;--second:#b5762f}
    @media(prefers-color-scheme:dark){:root{--ground:#14181c;--card:#1b2127;--ink:#e3e8ec;--soft:#97a3ae;--line:#333d46;--grid:#262e36;\
    --main:#6ea8e8;--mainsoft:#6ea8e82b;--bad:#f0796a;--badsoft:#f0796a26;--good:#6cc793;--second:#e0a765}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
    main{max-width:1080px;margin:0 auto;padding:32px 24px 48px}
    h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
    h2{font-size:18px;margin:0 0 4px}
    p{margin:0 0 12px}
    section{margin-top:32px}
    .note,footer{color:var(--soft)}
    footer{margin-top:40px;padding-top:12px;border-top:1px solid var(--line);font-size:13px}
    .cards{display:flex;flex-wrap:wrap;gap:12px;margin-top:20px}
    .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px;min-width:150px;flex:1}
    .card b{display:block;font-size:18px;line-height:1.35;font-weight:600;overflow-wrap:anywhere}
    .card span{color:var(--soft);font-size:13px;overflow-wrap:anywhere}
    .good b{color:var(--good)}.bad b{color:var(--bad)}
    .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
    table{border-collapse:collapse;width:100%;font-size:13px}
    th,td{padding:6px 12px;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
    tr:last-child td{border-bottom:0}
    th{color:var(--soft);font-weight:600;white-space:nowrap;border-bottom-color:var(--line)}
    td{overflow-wrap:anywhere;min-width:7em}
    .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;min-width:0}
    tr.bad td{background:var(--badsoft)}
    tr.bad td:first-child{color:var(--bad);font-weight:600}
    figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px}
    figure+figure,.scroll+figure{margin-top:12px}
    figcaption{color:var(--soft);font-size:13px;margin-top:8px}
    .legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 10px;padding:0;list-style:none;font-size:13px}
    .swatch{display:inline-block;width:14px;height:14px;border-radius:3px;margin-right:6px;vertical-align:-2px}
    article{margin-top:20px}
    article .legend li:first-child{font-weight:600;font-size:15px;line-height:1.3;overflow-wrap:anywhere}
    .pictures{display:flex;flex-wrap:wrap;gap:12px;align-items:flex-end}
    .pictures figure{margin:0;padding:10px}
    .pictures figcaption{max-width:312px}
    .pictures img{display:block}
    img{max-width:100%;image-rendering:pixelated;border-radius:4px}
    svg{display:block;width:100%;height:auto;font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
    svg text{fill:var(--ink)}
    svg .tick{fill:var(--soft);font-size:11px}
    svg .grid{stroke:var(--grid)}
    svg .axis{stroke:var(--line)}
    svg .bar,svg .point{fill:var(--main)}
    svg .point{fill-opacity:.65}
    svg .bad{fill:var(--bad)}
    svg text.bad{fill:var(--bad)}
    svg .box{fill:var(--mainsoft);stroke:var(--main)}
    svg .median{stroke:var(--main);stroke-width:2}
    svg .limit{stroke:var(--second);stroke-dasharray:4 3}
    svg .limittext{fill:var(--second);font-size:11px}
    @media print{body{background:#fff}main{max-width:none;padding:0}section{break-inside:auto}}
    """
