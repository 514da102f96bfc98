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
                """
                The plan is for another model (\(given.model.prefix(12))…, this one is \(digest.prefix(12))…); remove its member \
                \"model\" to apply it all the same.
                """
            )
        }
        let cases = try readCases(for: model)
        try OutputPaths.check(outputs, inputs: inputs + (cases.volumes?.files ?? []))
        let evaluator = try evaluator(of: model, cases, progress)
        var reduction = PrecisionReduction(model.graph, options)
        reduction.engine = engine
        reduction.budget = budget
        reduction.raisedPrecision = raisedPrecision
        reduction.leastIntegerShare = leastIntegerShare
        progress("reducing to \(isMixed ? "mixed precision" : options.precision.rawValue)")
        var result = try reduction.run(
            samples: cases.calibration, probes: cases.probes, evaluator: evaluator, given: given, searching: isMixed && given == nil,
            progress: steps)
        result.plan.model = digest
        result.plan.settings = settings(cases.calibration)
        var report = QuantizationReport(converted: converted, result: result)
        report.notes += result.notes + model.weightRemarks
        if cases.probes != nil, evaluation.isEmpty {
            report.notes.append("errors are of \(Self.probeCount) seeded inputs, since there's no \(Parameter.calibration)")
        }
        if let violation = result.violation {
            throw OsteonError(.targetMissed, Self.explanation(violation, result.plan) + " Nothing was written.")
        }
        try keep(result, of: model, cases, in: &file, notes: &report.notes)
        if let planDestination { try Self.writePlan(result.plan, to: planDestination) }
        progress("writing \(conversion.destination)")
        var clock = Stopwatch()
        try NativeWriter.write(file, to: conversion.destination)
        report.fileBytes = FileStatus.size(conversion.destination) ?? 0
        report.floatBytes = model.graph.valueIDs.reduce(0) { $0 + (model.graph.constant($1)?.byteCount ?? 0) }
        report.converted.add("write", "\(conversion.destination), \(report.fileBytes) bytes", &clock)
        return report
    }
}
