import ArgumentParser
import Bytes
import Glibc
import Metrics
import Quantization
import Verification
import Workflows

/// `osteon quantize`: fewer bits, each layer's error and saving shown.
struct QuantizeCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize", abstract: "Reduce a model to fp16, bf16, int8 or a mixture, and report the error and the saving.",
        discussion: """
            SAMPLES are inputs of the model: an .npz (arrays named by input, several samples along the first axis), an .npy, a \
            folder of such \
            files, random:8 for seeded noise, or scans, prepared as the model's archive specifies: a data list (dataset.json, its \
            files in --data-root) \
            or a folder of them. int8 needs them for the ranges of values, fp16 to find values that leave its range. With \
            a budget the reduced model is compared with the float one on --evaluation (or the calibration samples); if it doesn't \
            fit the budget \
            nothing is written (exit code 4). Without a budget, fp16 and bf16 are kept within 2e-3 and 2e-2 of the largest output \
            (or 0.001 of \
            Dice) by leaving values, and in small networks weights, in f32 where that helps.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case fp16, bf16, int8, mixed
    }

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(name: [.customShort("o"), .customLong("out")], help: ArgumentHelp("The file to write.", valueName: "out.osteon"))
    var destination: String

    @Option(help: "fp16, bf16, int8, or mixed: the cheapest assignment that fits the budget.")
    var precision: Kind

    @Flag(name: .customLong("weights-only"), help: "Reduce the weights alone; values are computed in f32.")
    var weightsOnly = false

    @Option(help: ArgumentHelp("Samples that set the ranges of values; may be given several times.", valueName: "samples"))
    var calibration: [String] = []

    @Option(help: "How ranges are chosen: \(CalibrationMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
    var method = CalibrationMethod.mse.rawValue

    @Flag(help: "Signed integers around 0 for values, as some accelerators want.")
    var symmetric = false

    @Option(
        help: ArgumentHelp(
            "The families of layers reduced to int8, with commas: \(QuantizableLayer.familyNames.joined(separator: ", ")).",
            valueName: "a,b"))
    var families: String?

    @Option(
        name: .customLong("first-layer"),
        help: ArgumentHelp("The precision of the layers that read the model's inputs.", valueName: "precision"))
    var firstLayer: String?

    @Option(name: .customLong("last-layer"), help: ArgumentHelp("The precision of the last layers with weights.", valueName: "precision"))
    var lastLayer: String?

    @Option(help: ArgumentHelp("Leave this layer in f32; may be given several times.", valueName: "layer"))
    var keep: [String] = []

    @Flag(name: .customLong("no-bias-correction"), help: "Don't correct the means of reduced layers.")
    var noBiasCorrection = false

    @Flag(
        name: .customLong("no-equalization"),
        help: "Don't equalise the channels of int8 layers, even where some are far smaller than others.")
    var noEqualization = false

    @Option(name: .customLong("weight-bits"), help: "Bits of integer weights: 8, or 7 for other runtimes on x86 processors without VNNI.")
    var weightBits = 8

    @Option(help: ArgumentHelp("Samples the budget is measured on; the calibration samples by default.", valueName: "samples"))
    var evaluation: [String] = []

    @Option(
        name: .customLong("data-root"),
        help: ArgumentHelp("The folder that holds the files of data lists; the list's own by default.", valueName: "folder"))
    var dataRoot: String?

    @Option(name: .customLong("calibration-list"), help: "The list of a data list that calibrates.")
    var calibrationList = "training"

    @Option(name: .customLong("evaluation-list"), help: "The list of a data list that the budget is measured on.")
    var evaluationList = "validation"

    @Option(
        name: .customLong("calibration-cases"), help: "The most scans to calibrate with, spread evenly over the list.",
        transform: Number.count)
    var calibrationCases = 16

    @Flag(name: .customLong("allow-overlap"), help: "Allow samples to be both for calibration and for evaluation.")
    var allowOverlap = false

    @Option(
        name: .customLong("max-error"),
        help: ArgumentHelp("The largest difference of an output, relative to its largest magnitude.", valueName: "x"),
        transform: Number.tolerance)
    var maxError: Double?

    @Option(
        name: .customLong("min-sqnr"), help: ArgumentHelp("The lowest signal-to-noise ratio of an output, in decibels.", valueName: "dB"),
        transform: Number.finite)
    var minSQNR: Double?

    @Option(
        name: .customLong("max-dice-drift"), help: ArgumentHelp("The largest mean loss of Dice of any structure.", valueName: "x"),
        transform: Number.tolerance)
    var maxDiceDrift: Double?

    @Option(
        name: .customLong("max-case-drift"), help: ArgumentHelp("The largest loss of Dice of any structure of any case.", valueName: "x"),
        transform: Number.tolerance)
    var maxCaseDrift: Double?

    @Option(
        name: .customLong("min-int8-share"),
        help: ArgumentHelp("The share of multiply-accumulates a mixed model keeps in int8, 0 to 1.", valueName: "x"),
        transform: Number.share)
    var minInt8Share = 0.0

    @Option(name: .customLong("raise-to"), help: "What a mixed model raises a layer to before f32: fp16 or bf16.")
    var raiseTo: Kind = .fp16

    @Option(
        help: ArgumentHelp(
            """
            How an output becomes a mask: argmax over channels, or the probability above which a voxel counts; otherwise as the \
            model's contract specifies.
            """,
            valueName: "argmax|p"))
    var mask: String?

    @Option(name: .customLong("mask-output"), help: ArgumentHelp("The output that gives the mask.", valueName: "name"))
    var maskOutput: String?

    @Flag(name: .customLong("channels-last"), help: "The mask output has its channels on the last axis.")
    var channelsLast = false

    @Option(help: ArgumentHelp("Apply this plan instead of making one.", valueName: "plan.json"))
    var plan: String?

    @Option(
        name: .customLong("write-plan"), help: ArgumentHelp("Write the plan, to be read, edited and applied again.", valueName: "plan.json")
    )
    var writePlan: String?

    @Option(help: ArgumentHelp("The shape of seeded samples, where dimensions are free.", valueName: "shape"))
    var shape: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            The source framework's inputs and outputs, which the float model is compared with first; also for models that seeded \
            inputs don't fit.
            """,
            valueName: "file.npz"))
    var reference: String?

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        var conversion = Conversion(source: source.source, importOptions: try source.cut.importOptions(), destination: destination)
        conversion.engine = try engine.settings()
        conversion.reference = reference
        var quantization = ModelQuantization(conversion, try options())
        quantization.isMixed = precision == .mixed
        quantization.raisedPrecision = raiseTo == .bf16 ? .bf16 : .f16
        quantization.leastIntegerShare = minInt8Share
        quantization.budget.maximumError = maxError
        quantization.budget.minimumDecibels = minSQNR
        quantization.budget.maximumMeanDrift = maxDiceDrift
        quantization.budget.maximumCaseDrift = maxCaseDrift
        quantization.calibration = calibration
        quantization.evaluation = evaluation
        quantization.allowsOverlap = allowOverlap
        quantization.dataRoot = dataRoot
        quantization.calibrationList = calibrationList
        quantization.evaluationList = evaluationList
        quantization.calibrationCases = calibrationCases
        quantization.givenPlan = plan
        quantization.planDestination = writePlan
        quantization.maskOutput = maskOutput
        quantization.maskRule = try maskRule()
        quantization.shapes = try ShapeArgument.requests(shape)
        quantization.engine = try engine.settings()
        let bar = ProgressBar(output)
        let report = try quantization.run(progress: output.progress) { bar.show($0, $1, of: $2) }
        bar.end()
        if output.json { try Console.show(report.json) } else { try Console.show(render(report)) }
    }

    private func options() throws(OsteonError) -> ReductionOptions {
        var options = ReductionOptions(precision: try reduced())
        guard let method = CalibrationMethod(rawValue: method) else {
            throw OsteonError(
                .usage, "--method \(method) is none of \(CalibrationMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        options.method = method
        options.symmetricValues = symmetric
        options.correctsBiases = !noBiasCorrection
        options.equalizes = !noEqualization
        guard weightBits == 7 || weightBits == 8 else { throw OsteonError(.usage, "--weight-bits \(weightBits): 7 or 8.") }
        options.weightBits = weightBits
        options.kept = Set(keep)
        options.firstLayers = try firstLayer.map { (name) throws(OsteonError) in try layerPrecision(name, "--first-layer") }
        options.lastLayers = try lastLayer.map { (name) throws(OsteonError) in try layerPrecision(name, "--last-layer") }
        if let families {
            options.families = []
            for name in families.split(separator: ",") {
                guard let family = QuantizableLayer.family(named: String(name)) else {
                    throw OsteonError(
                        .usage, "--families \(name) is none of \(QuantizableLayer.familyNames.joined(separator: ", "))."
                    )
                }
                options.families.insert(family)
            }
        }
        return options
    }

    private func reduced() throws(OsteonError) -> LayerPrecision {
        switch (precision, weightsOnly) {
        case (.fp16, false): return .f16
        case (.fp16, true): return .f16Weights
        case (.bf16, false): return .bf16
        case (.bf16, true): return .bf16Weights
        case (.int8, false), (.mixed, false): return .int8
        case (.int8, true): return .int8Weights
        case (.mixed, true): throw OsteonError(.usage, "--weights-only and --precision mixed exclude one another.")
        }
    }

    private func layerPrecision(_ name: String, _ option: String) throws(OsteonError) -> LayerPrecision {
        let alias = name == "fp16" ? "f16" : name == "fp32" ? "f32" : name
        guard let precision = LayerPrecision(rawValue: alias) else {
            throw OsteonError(.usage, "\(option) \(name) is none of \(LayerPrecision.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return precision
    }

    private func maskRule() throws(OsteonError) -> MaskRule? {
        guard let mask else { return nil }
        let axis = channelsLast ? -1 : 1
        if mask == "argmax" { return .argmax(channelAxis: axis) }
        guard let threshold = Double(mask), threshold.isFinite else {
            throw OsteonError(.usage, "--mask \(mask): write argmax or a number such as 0.5.")
        }
        return .threshold(threshold, channelAxis: axis)
    }

    private func render(_ report: QuantizationReport) -> [String] {
        var lines: [String] = []
        var table = TextTable(
            ["layer", "precision", "own dB", "alone dB", "together dB", "bytes", "saved", "ms saved", "reason"],
            numeric: [2, 3, 4, 5, 6, 7])
        for layer in report.plan.layers {
            table.add([
                layer.name, layer.precision.rawValue, Self.decibels(layer.ownError), Self.decibels(layer.outputErrorAlone),
                Self.decibels(layer.errorTogether), layer.bytes == 0 ? "" : Format.bytes(layer.bytes),
                layer.floatBytes == layer.bytes ? "" : Format.bytes(layer.floatBytes - layer.bytes),
                report.millisecondsSaved[layer.name].map { String($0, digits: 2) } ?? "", layer.reason,
            ])
        }
        lines += table.lines
        lines.append(String(printf: "%.1f %% of the multiply-accumulates in int8", 100 * report.plan.workShare(of: [.int8])))
        if let loss = report.loss {
            lines.append(
                "outputs: largest error \(loss.maximumError.errorText) of the largest magnitude, SQNR \(Self.decibels(loss.decibels)) dB")
            for drift in loss.meanDrifts { lines.append("structure \(drift.structure): mean Dice loss \(String(drift.loss, digits: 4))") }
            if let worst = loss.worstDrift {
                lines.append("worst case: structure \(worst.structure) of \(worst.caseName) loses \(String(worst.loss, digits: 4))")
            }
        }
        let share = report.floatBytes > 0 ? 100 * Double(report.fileBytes) / Double(report.floatBytes) : 0
        lines.append(
            """
            \(destination): \(Format.bytes(report.fileBytes)), \(String(share, digits: 1)) % of the float weights' \
            \(Format.bytes(report.floatBytes))
            """
        )
        for note in report.notes { lines.append("note: \(note)") }
        return lines
    }

    private static func decibels(_ value: Double?) -> String {
        guard let value else { return "" }
        return value.isFinite ? String(value, digits: 1) : "∞"
    }
}
