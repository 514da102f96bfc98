import ArgumentParser
import Inspection
import Verification
import Workflows

/// `osteon diff`: what differs between two models.
struct DiffCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what differs between two models: nodes, attributes, shapes, weights.",
        discussion: "Ends with 0 where the models are the same and with 3 where they differ.")

    @Argument(help: "The first model.") var first: String
    @Argument(help: "The second model.") var second: String
    @OptionGroup var cut: CutOptions
    @OptionGroup var output: OutputOptions

    var limits: ProcessLimits { ProcessLimits(output) }

    func run() throws {
        let options = try cut.importOptions()
        let difference = try GraphDifference(Model.open(first, options: options).graph, Model.open(second, options: options).graph)
        if output.json { try Console.show(difference.json) } else { try Console.show(render(difference)) }
        if !difference.isEmpty { throw ExitCode(3) }
    }

    private func render(_ difference: GraphDifference) -> [String] {
        if difference.isEmpty { return ["the same: \(difference.equalCount) nodes"] }
        var lines = difference.interface
        for line in difference.onlyInFirst { lines.append("- \(line)") }
        for line in difference.onlyInSecond { lines.append("+ \(line)") }
        for change in difference.changed {
            var parts = change.changes
            if let weight = change.weightChange { parts.append("weights change by \(weight.errorText) of their maximum") }
            lines.append("~ \(change.name): \(parts.joined(separator: "; "))")
        }
        lines.append(
            """
            \(difference.equalCount) nodes equal, \(difference.changed.count) changed, \(difference.onlyInFirst.count) only in the \
            first, \(difference.onlyInSecond.count) only in the second
            """
        )
        return lines
    }
}
