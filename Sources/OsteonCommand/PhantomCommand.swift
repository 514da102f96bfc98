import ArgumentParser
import Bytes
import Imaging
import Workflows

/// `osteon phantom`: a small data set with exact labels, drawn from seeds.
struct PhantomCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "phantom", abstract: "Draw a small data set with exact labels, for demonstrations and tests.",
        discussion: """
            Writes imagesTr, labelsTr and dataset_0.json. The same numbers give the same bits on every machine; \
            fixtures/trained/segmentation_phantoms is a network that segments them.
            """)

    @Option(name: .shortAndLong, help: "The folder to write to; created if missing.")
    var output: String

    @Option(help: "Cases of the validation list.", transform: Number.countOrNone)
    var cases = 8

    @Option(help: "Cases of the training list, for calibration.", transform: Number.countOrNone)
    var training = 8

    @OptionGroup var options: OutputOptions

    var limits: ProcessLimits { ProcessLimits(options) }

    func run() throws {
        let list = try PhantomSet(validation: cases, training: training).write(to: output)
        if options.json {
            try Console.show(
                .record([
                    ("schema", .string("osteon.phantom.1")), ("dataset", .string(list)), ("validation", .integer(cases)),
                    ("training", .integer(training)),
                ]))
        } else {
            try Console.show("\(list): \(cases) validation and \(training) training cases")
        }
    }
}
