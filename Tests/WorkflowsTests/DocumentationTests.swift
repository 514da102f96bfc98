import Foundation
import Testing

/// What the pages for users say, held against the command.
@Suite struct DocumentationTests {
    /// Every `osteon` line of a page, in order, in one folder; an output shown below a block is compared with what was printed.
    @Test(arguments: Page.guidePaths) func commandsOnPagesRun(_ path: String) throws {
        let page = try Page(path)
        let folder = try Scratch()
        try FileManager.default.createSymbolicLink(atPath: folder.file("fixtures"), withDestinationPath: Project.fixture(""))
        var printed = ""
        for block in page.blocks {
            if block.language == "text", !printed.isEmpty { Self.expect(block, in: printed, page) }
            printed = ""
            for line in block.commands {
                let result = try Command.run(line: line, in: folder.path)
                #expect(result.status == Page.exitCode(of: line), "\(page): \(line)\n\(result.errors)")
                printed += result.output
            }
        }
    }

    /// The lines of a shown output occur in the printed one in this order, numbers and units aside; `…` stands for any lines.
    static func expect(_ shown: Page.Block, in printed: String, _ page: Page) {
        var rest = printed.split(separator: "\n").map(Self.plain)[...]
        for line in shown.lines where line != "…" && !line.isEmpty {
            guard let place = rest.firstIndex(of: plain(line[...])) else {
                Issue.record("\(page) shows a line that isn't printed, or not there: \(line)\n\(printed)")
                return
            }
            rest = rest[(place + 1)...]
        }
    }

    private static func plain(_ line: Substring) -> String {
        line.replacing(/[-−]?\d+(?:\.\d+)?(?:e[-+]\d+)?(?: (?:B|KiB|MiB|GiB|ns|µs|ms|s|k|M|G)\b)?/, with: "0")
            .replacing(/\s+/, with: " ").trimmingCharacters(in: .whitespaces)
    }

    @Test func enoughOfItRuns() throws {
        let guides = try Page.guides()
        #expect(guides.count >= 9 && guides.flatMap(\.blocks).flatMap(\.commands).count >= 50)
        #expect(guides.flatMap(\.blocks).count(where: \.needsData) <= 4)
    }

    @Test func linksResolve() throws {
        let others = try ["CONTRIBUTING.md", "CHANGELOG.md"].map { try Page($0) }
        for page in try Page.guides() + others + Page.pages(in: "formats") {
            for link in page.links {
                let target = link.path.isEmpty ? page.path : page.folder.appendingPathComponent(link.path).standardizedFileURL.path
                if !link.path.isEmpty { #expect(FileManager.default.fileExists(atPath: target), "\(page) → \(link.path)") }
                guard !link.heading.isEmpty, target.hasSuffix(".md") else { continue }
                let headings = link.path.isEmpty ? page.headings : try Page(String(target.dropFirst(Project.root.path.count + 1))).headings
                #expect(headings.contains(link.heading), "\(page) → \(link.path)#\(link.heading)")
            }
        }
    }

    @Test func everyCommandAndExitCodeIsOnThePageOfCommands() throws {
        let page = try Page("docs/commands.md")
        for name in try HelpTests.commands() where !name.isEmpty && name != "evaluate run" {
            #expect(page.text.contains("`osteon \(name) ") || page.text.contains("`osteon \(name)`"), "\(name)")
        }
        for code in [0, 1, 2, 3, 4, 64] { #expect(page.text.contains("\n| \(code) |")) }
    }

    /// The JSON objects the page of commands names are described among the formats.
    @Test func everySchemaNamedIsDescribed() throws {
        let formats = try Page.pages(in: "formats").map(\.text).joined()
        for match in try Page("docs/commands.md").text.matches(of: /`osteon\.[a-z-]+\.\d`/) {
            #expect(formats.contains(match.output), "\(match.output)")
        }
    }

    @Test func theRootHelpNamesEverySource() throws {
        let help = try Command.run("--help").output
        for source in [
            ".osteon", "ONNX", "TensorFlow", "frozen graphs", "checkpoints", "SavedModels", "Keras", "PyTorch", "safetensors", "MMAR",
            "MONAI",
        ] { #expect(help.contains(source), "\(source)") }
    }
}
