import ArgumentParser
import Bytes
import Contracts
import Workflows

/// `osteon classify`: probabilities by label.
struct ClassifyCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify", abstract: "Print the probability of each label of a classifier for images.",
        discussion: "Each IMAGE (PNG of 8 or 16 bits, or NIfTI) is prepared as the model's archive specifies and classified on its own.")

    @OptionGroup var source: SourceOptions

    @Argument(help: "The images.")
    var images: [String]

    @Option(help: "Labels above this are marked.", transform: Number.finite)
    var threshold = 0.5

    @OptionGroup var imaging: ImagingCommandOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        let classifier = try ModelClassification(source.open(), imaging.options(), engine: engine.settings())
        var results: [Classification] = []
        for image in images { results.append(try locating(image) { () throws(OsteonError) in try classifier.run([image]) }) }
        if output.json { try Console.show(Classification.report(results)) } else { try Console.show(render(results)) }
    }

    private func render(_ results: [Classification]) -> [String] {
        var table = TextTable(["label"] + images.map(Paths.name(of:)), numeric: Set(1...images.count))
        for (row, score) in (results.first?.scores ?? []).enumerated() {
            table.add(
                [score.label.name]
                    + results.map { result in
                        let value = result.scores[row].value
                        return (value > threshold && result.areProbabilities ? "● " : "") + String(value, digits: 4)
                    })
        }
        var lines = table.lines
        if results.contains(where: { !$0.areProbabilities }) {
            lines.append("note: the model doesn't specify its last activation; these are its raw values")
        }
        for note in Set(results.flatMap(\.notes)).sorted() { lines.append("note: \(note)") }
        return lines
    }
}
