import Foundation

/// A page of the project's documentation.
struct Page: Sendable, CustomStringConvertible {
    /// A fenced block.
    struct Block: Sendable {
        var language: String
        /// Whether it needs files that the repository doesn't have: `<!-- needs data -->` is in the line above.
        var needsData: Bool
        /// Its lines; those that end in a backslash are joined with the next.
        var lines: [String]

        /// What a person types of it to run `osteon`; nothing where data is needed.
        var commands: [String] { needsData || language != "sh" ? [] : lines.filter { $0.hasPrefix("osteon ") } }
    }

    /// The path from the package's folder.
    var path: String
    var text: String
    var blocks: [Block]

    var description: String { path }
    var folder: URL { Project.root.appendingPathComponent(path).deletingLastPathComponent() }

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Project.root.appendingPathComponent(path), encoding: .utf8)
        blocks = Self.blocks(of: text)
    }

    /// README and the pages of `docs`, by their paths.
    static let guidePaths = ["README.md"] + paths(in: "docs")

    static func guides() throws -> [Page] { try guidePaths.map { try Page($0) } }

    static func pages(in folder: String) throws -> [Page] { try paths(in: folder).map { try Page($0) } }

    private static func paths(in folder: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: Project.root.appendingPathComponent(folder).path)
        return (names ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
    }

    /// The exit code that a line announces (`# exit code 3`), 0 by default.
    static func exitCode(of line: String) -> Int32 { line.firstMatch(of: /# exit code (\d+)/).flatMap { Int32($0.output.1) } ?? 0 }

    private static func blocks(of text: String) -> [Block] {
        var blocks: [Block] = []
        var isOpen = false
        var before = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            defer { before = line }
            if line.hasPrefix("```") {
                isOpen.toggle()
                guard isOpen else { continue }
                blocks.append(Block(language: String(line.dropFirst(3)), needsData: before == "<!-- needs data -->", lines: []))
            } else if isOpen {
                let last = blocks.count - 1
                if before.hasSuffix("\\"), let half = blocks[last].lines.popLast() {
                    blocks[last].lines.append(half.dropLast() + line.trimmingCharacters(in: .whitespaces))
                } else {
                    blocks[last].lines.append(line)
                }
            }
        }
        return blocks
    }

    /// Relative links, as path and heading.
    var links: [(path: String, heading: String)] {
        text.matches(of: /\]\(([^)\s#]*)(?:#([^)\s]*))?\)/).map { (String($0.output.1), String($0.output.2 ?? "")) }
            .filter { !$0.0.contains("://") }
    }

    /// What links to headings may name.
    var headings: Set<String> {
        let titles = text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { $0.drop { $0 == "#" || $0 == " " }.lowercased() }
        return Set(titles.map { String($0.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }).replacing(" ", with: "-") })
    }
}
