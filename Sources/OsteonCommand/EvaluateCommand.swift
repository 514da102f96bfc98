import ArgumentParser
import Bytes
import Glibc
import Imaging
import Metrics
import Reporting
import Workflows

/// `osteon evaluate`: a model's masks or probabilities over a data list.
struct EvaluateCommand: ParsableCommand {
    private static let commands: [any LimitedCommand.Type] = [EvaluateRunCommand.self, EvaluateMergeCommand.self]

    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Score a model on a data list, against documented figures and against another model.",
        discussion: """
            Every case of the list goes through the model's own preparation, window and post-processing; masks are compared \
            with the references on the references' own grid. nnU-Net's regions and its ignore label are scored as nnU-Net does; \
            label values that neither the list nor the model names are an error. A case that can't be evaluated is reported and the \
            others go on. Exit codes: 2 where a case couldn't be evaluated, 4 where a documented figure was missed.
            """,
        subcommands: commands, defaultSubcommand: EvaluateRunCommand.self)
}

/// `osteon evaluate [run] SOURCE`.
struct EvaluateRunCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Evaluate a model (this is what `osteon evaluate SOURCE` does).",
        discussion: """
            With --resume, cases are kept in a folder as they're done: a run that was stopped goes on from there, and \
            --shard I/N does every Nth case only, so that several processes or machines share the work; `osteon evaluate \
            merge` then gives the same bytes as one run.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var windows: InferenceChoices
    @OptionGroup var metrics: MetricOptions
    @OptionGroup var reports: EvaluationReportOptions

    @Option(help: ArgumentHelp("The data list: Clara's or the Decathlon's JSON, or nnU-Net's folder.", valueName: "dataset.json"))
    var dataset: String

    @Option(
        name: .customLong("data-root"),
        help: ArgumentHelp("The folder the list's paths are in; the list's own by default.", valueName: "folder"))
    var dataRoot: String?

    @Option(help: ArgumentHelp("Which of its lists; validation by default, or the only one.", valueName: "name"))
    var list: String?

    @Option(help: ArgumentHelp("Another model, to report the drift of SOURCE from it.", valueName: "source"))
    var against: String?

    @Option(name: .customLong("drift-tolerance"), help: "The change of a case's Dice that counts as drift.", transform: Number.tolerance)
    var driftTolerance = 0.02

    @Option(
        help: ArgumentHelp(
            "Compare the result with this published model's figures; by default with those the model's own file documents.",
            valueName: "name"))
    var target: String?

    @Flag(name: .customLong("no-target"), help: "Compare the result with no documented figure.")
    var noTarget = false

    @Option(
        name: .customLong("target-tolerance"), help: "How far below a documented figure a result may be.", transform: Number.tolerance)
    var targetTolerance = 0.0

    @Option(help: "At or above it a probability counts as a finding (classification).", transform: Number.finite)
    var threshold = 0.5

    @Option(help: ArgumentHelp("How many times patients are resampled for the intervals.", valueName: "n"), transform: Number.count)
    var draws = 2000

    @Option(help: "The seed of the resampling.")
    var seed: UInt64 = 0

    @Option(help: "The confidence level of the intervals.", transform: Number.share)
    var confidence = 0.95

    @Option(help: ArgumentHelp("Do every Nth case only, from the Ith on; needs --resume.", valueName: "i/n"))
    var shard: String?

    @Option(help: ArgumentHelp("Keep the cases here, and go on from those that are done.", valueName: "folder"))
    var resume: String?

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func validate() throws {
        guard (1...EvaluationRun.mostDraws).contains(draws) else {
            throw ValidationError("--draws must be from 1 to \(EvaluationRun.mostDraws).")
        }
        guard confidence > 0, confidence < 1 else { throw ValidationError("--confidence must lie between 0 and 1.") }
        guard shard == nil || resume != nil else {
            throw ValidationError("--shard needs --resume FOLDER, for `osteon evaluate merge` to find the cases.")
        }
        guard shard == nil || !reports.isAsked else {
            throw ValidationError("A shard has no report of its own; give --report, --csv and --json to `osteon evaluate merge`.")
        }
    }

    func run() throws {
        try reports.check(
            inputs: [FileStatus.isFolder(dataset) ? Paths.join(dataset, "dataset.json") : dataset, source.source]
                + (against.map { [$0] } ?? []))
        if let resume { try EvaluationFolder.refuse(reports.files, in: resume) }
        let model = try source.open()
        var evaluation = ModelEvaluation(model, dataset: dataset, engine: try engine.settings())
        evaluation.against = try against.map { path throws(OsteonError) in try Model.open(path, options: try source.cut.importOptions()) }
        evaluation.dataRoot = dataRoot
        evaluation.list = list
        evaluation.metrics = try metrics.settings(threads: engine.threads)
        evaluation.bootstrap = Bootstrap(draws: draws, seed: seed, confidence: confidence)
        evaluation.driftTolerance = driftTolerance
        evaluation.threshold = threshold
        evaluation.target = target
        evaluation.holdsToTargets = !noTarget
        evaluation.targetTolerance = targetTolerance
        evaluation.folder = resume
        evaluation.outputs = reports.files
        evaluation.drawsPictures = resume != nil || reports.report != nil
        if let shard { evaluation.shard = try Self.shard(shard) }
        try windows.apply(to: &evaluation.imaging)
        let (run, records) = try evaluation.run(progress: output.progress)
        if let shard {
            let failed = records.filter { $0.failure != nil }
            if output.quiet {
                for record in failed { output.failed("\(run.cases[record.index].name) can't be evaluated: \(record.failure ?? "")") }
            } else {
                try Console.show(
                    "shard \(shard): \(records.count) cases, \(failed.count) of them can't be evaluated; kept in \(resume ?? "")")
            }
            if !failed.isEmpty { throw ExitCode(2) }
            return
        }
        try reports.give(EvaluationSummary(run, records), json: output.json)
    }

    private static func shard(_ text: String) throws(OsteonError) -> ModelEvaluation.Shard {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1] else {
            throw OsteonError(.usage, "--shard \(text): write I/N, such as 1/4.")
        }
        return try ModelEvaluation.Shard(index: index, count: count)
    }
}

/// `osteon evaluate merge FOLDER…`.
struct EvaluateMergeCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merge the cases of shards into one result.",
        discussion:
            "The folders are those given to --resume, one for all shards or one each. The result is the same, byte for byte, as one run's.")

    @Argument(help: "Folders of one evaluation's cases.")
    var folders: [String]

    @OptionGroup var output: OutputOptions
    @OptionGroup var reports: EvaluationReportOptions

    var limits: ProcessLimits { ProcessLimits(output) }

    func run() throws {
        try reports.check(inputs: [])
        let (run, records) = try EvaluationFolder.merge(folders)
        // The records are known now, and mustn't be written over.
        try reports.check(inputs: [])
        try reports.give(EvaluationSummary(run, records), json: output.json)
    }
}

/// How images are led through the network, where that isn't left to the model's description.
struct InferenceChoices: ParsableArguments {
    @Option(help: ArgumentHelp("The window's extents; the model's own by default.", valueName: "96x96x96"))
    var window: String?

    @Option(help: "The share of a window that the next one overlaps; 0.25 where the model doesn't specify it.", transform: Number.share)
    var overlap: Double?

    @Option(help: ArgumentHelp("How overlapping windows are weighted: constant or gaussian.", valueName: "blending"))
    var blend: String?

    @Option(help: ArgumentHelp("Where windows stand: monai or nnunet.", valueName: "rule"))
    var stepping = SlidingWindow.Stepping.monai.rawValue

    @Option(help: ArgumentHelp("How values become a mask where the model doesn't specify it: argmax or threshold.", valueName: "rule"))
    var decide: String?

    @Option(help: ArgumentHelp("Which of the archive's pipelines prepares images: the name of its configuration file.", valueName: "file"))
    var pipeline: String?

    func apply(to options: inout ImagingOptions) throws(OsteonError) {
        options.window = try window.map { text throws(OsteonError) in try ShapeArgument.extents(text) }
        options.overlap = overlap
        options.blend = try blend.map { text throws(OsteonError) in try Choice.of(text, "--blend") }
        options.stepping = try Choice.of(stepping, "--stepping")
        options.decision = try decide.map { text throws(OsteonError) in try Choice.of(text, "--decide") }
        if let pipeline { options.pipeline = .named(pipeline) }
    }
}

/// Where the result goes.
struct EvaluationReportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write a self-contained page with tables, plots and the worst cases.", valueName: "file.html"))
    var report: String?

    @Option(help: ArgumentHelp("Write cases.csv, summary.csv and drift.csv here.", valueName: "folder"))
    var csv: String?

    var isAsked: Bool { report != nil || csv != nil }

    /// The files that are written.
    var files: [String] {
        (report.map { [$0] } ?? []) + (csv.map { folder in EvaluationTables.fileNames.map { Paths.join(folder, $0) } } ?? [])
    }

    /// Looks at where the result goes before the cases are done.
    func check(inputs: [String]) throws(OsteonError) {
        if let report { try OutputPaths.check([report], inputs: inputs) }
        try OutputPaths.check(files, inputs: inputs, makingFolders: true)
        if let csv { try OutputPaths.makeFolder(csv) }
    }

    /// Writes and prints a result, and ends with its exit code.
    func give(_ summary: EvaluationSummary, json: Bool) throws {
        if let csv { try EvaluationTables.write(summary, to: csv) }
        if let report { try EvaluationPage.page(summary).write(to: report) }
        if json { try Console.show(summary.json) } else { try Console.show(EvaluationText.lines(summary)) }
        if summary.exitCode != 0 { throw ExitCode(summary.exitCode) }
    }
}
