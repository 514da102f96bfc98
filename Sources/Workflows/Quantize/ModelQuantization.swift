import Bytes
import Container
import Contracts
import Engine
import Glibc
import GraphIR
import Imaging
import Optimizer
import Quantization
import Tensors
import Verification

/// Fewer bits for a model, each layer's price shown: what `osteon quantize` does.
package struct ModelQuantization {
    /// The conversion that comes first: the float model, optimised and checked.
    package var conversion: Conversion
    package var options: ReductionOptions
    /// Whether precisions are chosen layer by layer to keep the budget.
    package var isMixed = false
    package var budget = Budget()
    package var raisedPrecision = LayerPrecision.f16
    /// The share of multiply-accumulates that a mixed model keeps in int8.
    package var leastIntegerShare = 0.0
    /// Calibration samples; see `SampleFiles`.
    package var calibration: [String] = []
    /// Cases the budget is held on; the calibration samples where there are none.
    package var evaluation: [String] = []
    package var allowsOverlap = false
    /// Where the files of data lists lie, and which of their lists is for calibration and which for evaluation.
    package var dataRoot: String?
    package var calibrationList = "training"
    package var evaluationList = "validation"
    /// Scans taken for calibration at most, and windows of each.
    package var calibrationCases = 16
    package var windowsPerCase = 2
    package var imaging = ImagingOptions()
    /// A plan to apply, or to write.
    package var givenPlan: String?
    package var planDestination: String?
    package var maskRule: MaskRule?
    package var maskOutput: String?
    /// Shapes of seeded samples.
    package var shapes: [ShapeRequest] = []
    package var engine = PlanOptions()

    package init(_ conversion: Conversion, _ options: ReductionOptions) {
        self.conversion = conversion
        self.options = options
    }

    /// Reduces and writes.
    /// - Parameters:
    ///   - progress: gets a line a stage.
    ///   - steps: gets how far a long stage is.
    /// - Throws: `.targetMissed` where the budget can't be kept; then nothing was written.
    package func run(
        progress: (String) -> Void = { _ in }, steps: (_ stage: String, _ done: Int, _ of: Int) -> Void = { _, _, _ in }
    ) throws(OsteonError) -> QuantizationReport {
        let outputs = [conversion.destination, planDestination].compactMap { $0 }
        // What's in a folder of samples is known once they're read.
        let inputs = ([givenPlan].compactMap { $0 } + calibration + evaluation).filter { !FileStatus.isFolder($0) }
        try OutputPaths.check(outputs, inputs: inputs)
        let given = try givenPlan.map { (path) throws(OsteonError) in try Self.readPlan(path) }
        var (model, file, converted) = try conversion.prove(outputs: outputs, progress: progress)
        let digest = Self.digest(of: file.graph)
        if let given, !given.model.isEmpty, given.model != digest {
            throw OsteonError(
                .usage,
                "The plan is for another model (\(given.model.prefix(12))…, this one is \(digest.prefix(12))…); remove its member \"model\" to apply it all the same."
            )
        }
        let inputShapes = try model.shapes(for: shapes)
        let samples = try calibrationSamples(model, inputShapes)
        let probes = samples == nil ? probes(model, inputShapes) : nil
        let volumes = try evaluationVolumes()
        let cases: Samples?
        if let volumes {
            cases = try volumes.samples(for: model, imaging, windows: 1)
        } else {
            cases = evaluation.isEmpty ? samples ?? probes : try SampleFiles.samples(evaluation, for: model, shapes: inputShapes)
        }
        if !evaluation.isEmpty, let samples, let cases { try refuseOverlap(samples, cases) }
        try OutputPaths.check(outputs, inputs: inputs + (volumes?.files ?? []))
        var evaluator: (any TaskEvaluator)?
        if let volumes, let cases {
            progress("segmenting \(volumes.cases.count) scans with the float model")
            evaluator = try VolumeEvaluator(model, volumes, windows: cases, imaging, engine: engine)
        } else if let cases {
            progress("computing the float outputs of \(cases.count) cases")
            let mask = budget.needsMasks || maskRule != nil ? try mask(of: model) : nil
            evaluator = try OutputEvaluator(model.graph, samples: cases, maskRule: mask?.rule, maskOutput: mask?.output, engine: engine)
        }
        guard budget.isEmpty || evaluator != nil else {
            throw OsteonError(.usage, "A budget needs cases to be held on: give \(Parameter.calibration) or \(Parameter.evaluation).")
        }
        guard !isMixed || !budget.isEmpty else {
            throw OsteonError(
                .usage,
                "Mixed precision needs a budget: \(Parameter.maxError), \(Parameter.minSqnr), \(Parameter.maxDiceDrift) or \(Parameter.maxCaseDrift)."
            )
        }
        var reduction = PrecisionReduction(model.graph, options)
        reduction.engine = engine
        reduction.budget = budget
        reduction.raisedPrecision = raisedPrecision
        reduction.leastIntegerShare = leastIntegerShare
        progress("reducing to \(isMixed ? "mixed precision" : options.precision.rawValue)")
        var result = try reduction.run(
            samples: samples, probes: probes, evaluator: evaluator, given: given, searching: isMixed && given == nil, progress: steps)
        result.plan.model = digest
        result.plan.settings = settings(samples)
        var report = QuantizationReport(converted: converted, result: result)
        report.notes += result.notes + model.weightRemarks
        if probes != nil, evaluation.isEmpty {
            report.notes.append("errors are of \(Self.probeCount) seeded inputs, since there's no \(Parameter.calibration)")
        }
        if let violation = result.violation {
            throw OsteonError(.targetMissed, Self.explanation(violation, result.plan) + " Nothing was written.")
        }
        file.graph = result.graph
        file.provenance.passes.append(Provenance.Pass(id: "quantize", count: result.plan.layers.count { $0.precision != .f32 }))
        file.provenance.options.merge(provenanceOptions) { $1 }
        file.keep(result.plan)
        // The checks made so far are about the float model.
        file.verification = file.verification.map(\.inherited)
        if let cases {
            file.verification.append(.record(try record(model, file.graph, result, cases, samples, &report.notes)))
            // Seeded inputs can be had anywhere; a patient's scan can't.
            if case .seeded = cases.origins[0] {
            } else if let seeded = self.probes(model, inputShapes) {
                // The case's own values are told; those of noise say nothing more.
                var others: [String] = []
                file.verification.append(.record(try record(model, file.graph, result, seeded, samples, &others)))
            }
        }
        if let planDestination { try Self.writePlan(result.plan, to: planDestination) }
        progress("writing \(conversion.destination)")
        var clock = Stopwatch()
        try NativeWriter.write(file, to: conversion.destination)
        report.fileBytes = FileStatus.size(conversion.destination) ?? 0
        report.floatBytes = model.graph.valueIDs.reduce(0) { $0 + (model.graph.constant($1)?.byteCount ?? 0) }
        report.converted.add("write", "\(conversion.destination), \(report.fileBytes) bytes", &clock)
        return report
    }

    // MARK: Samples

    private static let probeCount = 2

    /// Seeded inputs to hold the outputs on where nothing else is given; nil where the model doesn't take such.
    private func probes(_ model: Model, _ shapes: [String: [Int]]) -> Samples? {
        guard let samples = try? SampleFiles.samples(["random:\(Self.probeCount)"], for: model, shapes: shapes) else { return nil }
        // Seeded integers may be no indices the model has.
        for index in 0..<samples.count {
            guard let inputs = try? samples.load(index), (try? model.session(for: inputs, engine).run(inputs)) != nil else { return nil }
        }
        return samples
    }

    private func calibrationSamples(_ model: Model, _ shapes: [String: [Int]]) throws(OsteonError) -> Samples? {
        if calibration.isEmpty { return nil }
        guard calibration.contains(where: VolumeCases.recognizes) else {
            return try SampleFiles.samples(calibration, for: model, shapes: shapes)
        }
        guard calibration.count == 1 else {
            throw OsteonError(.usage, "Scans and arrays can't be mixed: give one data list or folder of scans.")
        }
        let volumes = try VolumeCases(calibration[0], root: dataRoot, list: calibrationList, atMost: calibrationCases)
        return try volumes.samples(for: model, imaging, windows: windowsPerCase)
    }

    private func evaluationVolumes() throws(OsteonError) -> VolumeCases? {
        guard evaluation.count == 1, VolumeCases.recognizes(evaluation[0]) else { return nil }
        return try VolumeCases(evaluation[0], root: dataRoot, list: evaluationList)
    }

    /// Calibration cases among the validation cases make the figures better than they are.
    private func refuseOverlap(_ calibration: Samples, _ evaluation: Samples) throws(OsteonError) {
        func key(_ hash: String, _ name: String) -> String {
            // Several samples of one array file are separate cases; windows of one scan are one patient's.
            hash.isEmpty || name.contains("[") ? "\(hash) \(name)" : hash
        }
        let known = Set(calibration.names.indices.map { key(calibration.hashes[$0], calibration.names[$0]) })
        let both = evaluation.names.indices.filter { known.contains(key(evaluation.hashes[$0], evaluation.names[$0])) }.map {
            evaluation.names[$0]
        }
        guard !both.isEmpty, !allowsOverlap else { return }
        throw OsteonError(
            .usage,
            "\(both.count) cases are both for calibration and for evaluation (\(both.prefix(3).joined(separator: ", "))…): figures on cases that set the ranges are biased. Leave them out of one, or give \(Parameter.allowOverlap)."
        )
    }

    /// How an output becomes a mask: as asked for, else as the model's contract says.
    private func mask(of model: Model) throws(OsteonError) -> (rule: MaskRule, output: String) {
        let contract = model.imaging?.output
        let names = model.outputNames
        let output =
            maskOutput.flatMap { ValueNames.match($0, among: names) } ?? contract.map(\.name).flatMap { names.contains($0) ? $0 : nil }
            ?? (names.count == 1 ? names[0] : nil)
        guard let output else {
            throw OsteonError(
                .usage, "Which output gives the mask? Name one of \(names.joined(separator: ", ")) with \(Parameter.maskOutput).")
        }
        if let maskRule { return (maskRule, output) }
        guard let contract, contract.activation != nil else {
            throw OsteonError(
                .usage,
                "The model doesn't specify how output \(output) becomes a mask: give \(Parameter.mask) argmax or \(Parameter.mask) 0.5."
            )
        }
        let axis = contract.layout == .channelsLast ? -1 : 1
        // Of values that are no probabilities the largest one decides.
        switch MaskDecision(contract, channels: contract.channels ?? 1) ?? .argmax {
        case .argmax: return (.argmax(channelAxis: axis), output)
        case .threshold(let level, _): return (.threshold(Double(level), channelAxis: axis), output)
        }
    }

    // MARK: Plans and records

    static func readPlan(_ path: String) throws(OsteonError) -> PrecisionPlan {
        try locating(path) { () throws(OsteonError) in
            let file = try MappedFile(path: path)
            guard file.count <= 1 << 26 else { throw OsteonError(.limitExceeded, "A plan of \(file.count) bytes is beyond 64 MiB.") }
            return try PrecisionPlan(json: JSONValue(parsing: file.bytes))
        }
    }

    static func writePlan(_ plan: PrecisionPlan, to path: String) throws(OsteonError) {
        try AtomicFile.write(text: plan.json.text(.indented) + "\n", to: path)
    }

    /// SHA-256 of a graph's text and of the digests of its constants.
    static func digest(of graph: Graph) -> String {
        let tensors = graph.valueIDs.compactMap { graph.constant($0) }
        let digests = SHA256Digest.each(of: tensors.map(\.bytes))
        return SHA256Digest(of: Array((graph.dump() + digests.map(\.hexadecimal).joined(separator: "\n")).utf8)).hexadecimal
    }

    private func settings(_ samples: Samples?) -> [String: String] {
        var result = provenanceOptions
        if let samples { result["calibration_samples"] = "\(samples.count)" }
        return result
    }

    private var provenanceOptions: [String: String] {
        var result = ["precision": isMixed ? "mixed" : options.precision.rawValue]
        if options.precision == .int8 {
            result["calibration_method"] = options.method.rawValue
            result["values"] = options.symmetricValues ? "symmetric" : "asymmetric"
            result["families"] = options.families.map(\.rawValue).sorted().joined(separator: ",")
            result["bias_correction"] = options.correctsBiases ? "yes" : "no"
            result["equalization"] = options.equalizes ? "yes" : "no"
            result["weight_bits"] = "\(options.weightBits)"
        }
        if let first = options.firstLayers { result["first_layer"] = first.rawValue }
        if let last = options.lastLayers { result["last_layer"] = last.rawValue }
        if !options.kept.isEmpty { result["kept"] = options.kept.sorted().joined(separator: ",") }
        if isMixed { result["raised_to"] = raisedPrecision.rawValue }
        return result
    }

    /// The reduced network held to the float one on the first case, to be repeated from the file.
    /// - Parameter notes: gets a line for each output with values that are NaN or infinite in both.
    private func record(
        _ model: Model, _ reduced: Graph, _ result: PrecisionReduction.Result, _ cases: Samples, _ calibration: Samples?,
        _ notes: inout [String]
    ) throws(OsteonError) -> VerificationRecord {
        let inputs = try cases.load(0)
        let expected = try model.session(for: inputs, engine).run(inputs)
        var candidate = model
        candidate.graph = reduced
        let results = try candidate.session(for: inputs, engine).run(inputs)
        var comparison = try OutputComparison(
            model.outputNames, inputs: inputs, expected: expected, results: results,
            tolerance: Tolerance(absolute: ModelComparison.absoluteTolerance, relativeToMaximum: budget.maximumError ?? .infinity))
        notes += comparison.checks.remarks
        if let check = comparison.checks.first(where: { $0.comparison.nonFiniteMismatchCount > 0 }) {
            throw OsteonError(
                .verificationFailed,
                "\(check.comparison.nonFiniteMismatchCount) of \(check.comparison.count) values of output \(check.name) are NaN or infinite where the float model's are otherwise: the numbers leave the range of \(isMixed ? "the reduced types" : options.precision.rawValue). Nothing was written; bf16 has the range of f32, and \(Parameter.keep) leaves layers in it."
            )
        }
        if budget.maximumError == nil {
            // Without a budget, what there is: a check repeated must not find more.
            comparison.hold(
                to: Tolerance(absolute: ModelComparison.absoluteTolerance, relativeToMaximum: comparison.worstError * (1 + 1e-6)))
        }
        let origin: VerificationRecord.Origin
        switch cases.origins[0] {
        case .seeded(let seed): origin = .seeded(seed: seed, integerLimit: 8)
        case .file(let path): origin = .file(try Provenance.Source(path: path))
        case .made: origin = .file(Provenance.Source(name: "case", byteCount: 0, sha256: Self.hash(cases.hashes[0], inputs)))
        }
        var record = try VerificationRecord.make(
            .reducedPrecision, of: candidate, origin: origin, comparison, engine: engine)
        record.passes = [Provenance.Pass(id: "quantize", count: result.plan.layers.count { $0.precision != .f32 })]
        // Of the whole plan, as it is written for a person without white space.
        record.planSHA256 = SHA256Digest(of: Array(result.plan.json.text().utf8)).hexadecimal
        if let calibration, result.plan.layers.contains(where: { $0.precision == .int8 }) {
            record.calibration = VerificationRecord.Calibration(
                method: options.method.rawValue, cases: try Self.hashes(calibration))
        }
        return record
    }

    /// SHA-256 of each sample: of its file where it is one, else of its tensors.
    private static func hashes(_ samples: Samples) throws(OsteonError) -> [String] {
        var result: [String] = []
        for index in 0..<samples.count {
            result.append(samples.hashes[index].isEmpty ? hash("", try samples.load(index)) : samples.hashes[index])
        }
        return result
    }

    private static func hash(_ known: String, _ inputs: [String: Tensor]) -> String {
        if !known.isEmpty { return known }
        let tensors = inputs.sorted { $0.key < $1.key }.map(\.value)
        return SHA256Digest(of: tensors.map(\.bytes)).hexadecimal
    }

    /// Why a model doesn't fit its budget, by which layer most, and what would help.
    private static func explanation(_ violation: String, _ plan: PrecisionPlan) -> String {
        var text = "The model doesn't fit its budget: \(violation)."
        let reduced = plan.layers.filter { $0.precision == .int8 }
        if let worst = reduced.min(by: {
            ($0.outputErrorAlone ?? $0.ownError ?? .infinity) < ($1.outputErrorAlone ?? $1.ownError ?? .infinity)
        }),
            let error = worst.outputErrorAlone ?? worst.ownError
        {
            text +=
                " Layer \(worst.name) costs most (\(String(error, digits: 1)) dB); in f16 it would take \(worst.floatBytes / 2 - worst.bytes) bytes more."
            text += " Leave it out with \(Parameter.keep) \(worst.name), or let \(Parameter.precision) mixed choose."
        }
        return text
    }
}

/// What a quantisation did.
package struct QuantizationReport: Sendable {
    package internal(set) var converted: ConversionReport
    package internal(set) var plan: PrecisionPlan
    package internal(set) var loss: TaskLoss?
    package internal(set) var notes: [String] = []
    package internal(set) var fileBytes = 0
    /// Milliseconds a run takes less by layer, measured on this machine.
    package internal(set) var millisecondsSaved: [String: Double] = [:]
    /// Bytes of the float network's constants.
    package internal(set) var floatBytes = 0

    init(converted: ConversionReport, result: PrecisionReduction.Result) {
        self.converted = converted
        plan = result.plan
        loss = result.loss
        millisecondsSaved = result.millisecondsSaved
    }

    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.quantize.1")), ("file_bytes", .integer(fileBytes)), ("float_bytes", .integer(floatBytes)),
            ("int8_work_share", .number(plan.workShare(of: [.int8]))),
            ("peak_bytes", .integer(converted.steps.map(\.peakBytes).max() ?? 0)),
            (
                "loss",
                loss.map { loss in
                    .record([
                        ("max_rel", .number(loss.maximumError)), ("sqnr_db", loss.decibels.isFinite ? .number(loss.decibels) : .null),
                        (
                            "dice_loss",
                            .array(
                                loss.meanDrifts.map { .record([("structure", .string($0.structure)), ("mean", .number($0.loss))]) })
                        ),
                        (
                            "worst_case",
                            loss.worstDrift.map {
                                .record([("case", .string($0.caseName)), ("structure", .string($0.structure)), ("loss", .number($0.loss))])
                            } ?? .null
                        ),
                    ])
                } ?? .null
            ),
            (
                "ms_saved",
                .record(plan.layers.compactMap { layer in millisecondsSaved[layer.name].map { (layer.name, .number($0)) } })
            ),
            ("plan", plan.json), ("notes", .array(notes.map { .string($0) })),
        ])
    }
}
