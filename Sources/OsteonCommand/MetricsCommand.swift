import ArgumentParser
import Bytes
import Engine
import Metrics
import Tensors
import Workflows

/// `osteon metrics`: masks or scores that are at hand, against a reference.
struct MetricsCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Compare a mask with a reference mask, or scores with truths.",
        discussion: """
            PREDICTION and REFERENCE are label volumes on one grid, NIfTI or .npy, or, with --scores, .npy files of \
            probabilities and truths of shape cases × labels. Volumes stored along different axes are reoriented; a voxel's \
            size is the NIfTI file's own. The empty-mask rule decides the value of an overlap where the reference (or \
            both) has no voxel of a label: monai and nnunet leave such cases out or give 0, metrics-reloaded gives 1 \
            where both are empty.
            """)

    @Argument(help: "Label volume, or scores.")
    var prediction: String

    @Argument(help: "Label volume, or truths of 0 and 1.")
    var reference: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var metrics: MetricOptions
    @OptionGroup var threading: ThreadOptions

    @Option(help: ArgumentHelp("The labels to compare, all but 0 by default.", valueName: "1,2,…"))
    var labels: String?

    @Option(
        name: .customLong("ignore-label"),
        help: ArgumentHelp("Leave the reference's voxels with this value out of every figure, as nnU-Net's ignore label.", valueName: "n"),
        transform: Number.countOrNone)
    var ignoredLabel: Int?

    @Option(
        help: ArgumentHelp("The voxel's edges in millimetres, by axis; the reference's own by default, 1 for arrays.", valueName: "1,1,3"))
    var spacing: String?

    @Flag(help: "The files hold scores and truths: AUC with DeLong's interval, sensitivity and specificity.")
    var scores = false

    @Option(help: ArgumentHelp("With --scores: another model's scores of the same cases.", valueName: "file.npy"))
    var against: String?

    @Option(help: "With --scores: a score at or above it counts as a finding.", transform: Number.finite)
    var threshold = 0.5

    var limits: ProcessLimits { ProcessLimits(output, threading) }

    func run() throws {
        let report = scores ? try scoreReport() : try maskReport()
        if output.json { try Console.show(report) } else { try Console.show(table(report)) }
    }

    private func scoreReport() throws(OsteonError) -> JSONValue {
        try ScoreComparison.report(
            scores: Self.read(prediction), truth: Self.read(reference),
            against: against.map { path throws(OsteonError) in try Self.read(path) }, threshold: threshold)
    }

    private func maskReport() throws(OsteonError) -> JSONValue {
        let edges = try spacing.map { text throws(OsteonError) in try Self.numbers(text, Double.init, "--spacing") }
        guard edges?.allSatisfy({ $0.isFinite && $0 > 0 }) ?? true else {
            throw OsteonError(.usage, "--spacing \(spacing ?? ""): edges are above 0 mm.")
        }
        let masks = try MaskFiles(prediction: prediction, reference: reference)
        return try MaskComparison.report(
            prediction: masks.prediction, reference: masks.reference,
            labels: labels.map { text throws(OsteonError) in try Self.numbers(text, Int.init, "--labels") },
            ignoring: ignoredLabel,
            spacing: edges ?? masks.spacing,
            settings: metrics.settings(threads: nil))
    }

    private static func read(_ path: String) throws(OsteonError) -> Tensor {
        try locating(path) { () throws(OsteonError) in try NPY.read(path) }
    }

    private static func numbers<T>(_ text: String, _ parse: (String) -> T?, _ option: String) throws(OsteonError) -> [T] {
        var result: [T] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = parse(String(part)) else {
                throw OsteonError(.usage, "\(option) \(text): write numbers with commas between.")
            }
            result.append(value)
        }
        return result
    }

    private func table(_ report: JSONValue) throws(OsteonError) -> [String] {
        let entries = try (report["structures"] ?? report["labels"] ?? .array([])).array()
        guard let first = entries.first else { return ["no label in either volume"] }
        let names = try first.members().filter { if case .object = $0.value { false } else { true } }.map(\.name)
        var table = TextTable(names, numeric: Set(names.indices))
        for entry in entries {
            var row: [String] = []
            for name in names {
                switch entry[name] {
                case .integer(let value): row.append("\(value)")
                case .number(let value): row.append(value.isFinite ? String(value, digits: 4) : value.isNaN ? "—" : "∞")
                default: row.append("")
                }
            }
            table.add(row)
        }
        return table.lines
    }
}

/// Which figures of a mask, and by whose definition.
struct MetricOptions: ParsableArguments {
    @Option(
        name: .customLong("empty-masks"),
        help: ArgumentHelp("What Dice and IoU are where a mask is empty: monai, nnunet or metrics-reloaded.", valueName: "rule"))
    var emptyMasks = EmptyMaskRule.nnunet.rawValue

    @Option(
        help: ArgumentHelp("Also report the 95th percentile of the surface distance, as monai or deepmind defines it.", valueName: "rule"))
    var hd95: String?

    @Option(
        help: ArgumentHelp("Also report the surface Dice (NSD) at this tolerance in millimetres.", valueName: "mm"),
        transform: Number.tolerance)
    var nsd: Double?

    @Option(
        name: .customLong("nsd-pieces"),
        help: ArgumentHelp("What the surface Dice counts: elements (by area, DeepMind's) or voxels (MONAI's default).", valueName: "pieces")
    )
    var pieces = SurfaceDistances.Pieces.elements.rawValue

    func settings(threads: Int?) throws(OsteonError) -> MetricSettings {
        return MetricSettings(
            emptyMasks: try Choice.of(emptyMasks, "--empty-masks"),
            hausdorff: try hd95.map { text throws(OsteonError) in try Choice.of(text, "--hd95") }, surfaceTolerance: nsd,
            surfacePieces: try Choice.of(pieces, "--nsd-pieces"), threads: Threads.resolve(threads))
    }
}

/// An argument that's one of a few words.
enum Choice {
    static func of<T: RawRepresentable & CaseIterable>(_ text: String, _ option: String) throws(OsteonError) -> T
    where T.RawValue == String {
        guard let value = T(rawValue: text) else {
            throw OsteonError(.usage, "\(option) \(text) is none of \(T.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return value
    }
}
