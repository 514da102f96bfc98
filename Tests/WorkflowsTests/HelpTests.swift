import Foundation
import Testing

/// The help of every command, as it's committed in `fixtures/help`: a change of it is seen in review.
@Suite struct HelpTests {
    /// All commands by their words, the root's as "".
    static func commands() throws -> [String] {
        var result = [""]
        var place = 0
        while place < result.count {
            let command = result[place]
            let help = try self.help(command)
            place += 1
            guard let list = help.range(of: "SUBCOMMANDS:\n") else { continue }
            // Names stand two columns in, what's said of them further right.
            for line in help[list.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).prefix(while: { !$0.isEmpty }) {
                guard let match = line.prefixMatch(of: #/  ([a-z-]+)/#) else { continue }
                result.append(command.isEmpty ? String(match.output.1) : "\(command) \(match.output.1)")
            }
        }
        return result
    }

    static func help(_ command: String) throws -> String {
        let result = try Command.run(command.split(separator: " ").map(String.init) + ["--help"])
        #expect(result.status == 0, "\(command)")
        return result.output
    }

    static func file(_ command: String) -> String { (command.isEmpty ? "osteon" : command.replacing(" ", with: "-")) + ".txt" }

    @Test func helpIsAsCommitted() throws {
        let commands = try Self.commands()
        #expect(commands.count > 19)
        for command in commands {
            let committed = try? String(contentsOfFile: Project.fixture("help/" + Self.file(command)), encoding: .utf8)
            let isSame = try Self.help(command) == committed
            #expect(isSame, "the help of osteon \(command) has changed: run tools/renew-help and commit what it writes")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: Project.fixture("help"))
        #expect(Set(files) == Set(commands.map(Self.file)))
    }
}
