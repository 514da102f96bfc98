import Bytes
import Container
import Engine
import Foundation
import GraphIR
import Optimizer
import Tensors
import Verification

/// Import, optimise, prove, write: what `osteon convert` does.
public struct Conversion {
    public var source: String
    public var importOptions: ImportOptions
    public var destination: String
    public var optimize = true
    /// Only these passes; nil for the standard pipeline.
    public var passes: [String]?
    public var skippedPasses: [String] = []
    public var stopAfter: Int?
    public var explain = false
    /// Holds every single rewrite to its pass's promise.
    public var checkEachRewrite = false
    /// An `.npz` with the source framework's inputs and outputs.
    public var reference: String?
    /// Shapes to compare at where dimensions are free, as on the command line; see `Shapes.byInput`.
    public var shapes: [String] = []
    /// The largest difference allowed by either check, relative to the largest magnitude of an output.
    public var tolerance = 1e-4
    public var engine = PlanOptions()

    public init(source: String, importOptions: ImportOptions = ImportOptions(), destination: String) {
        self.source = source
        self.importOptions = importOptions
        self.destination = destination
    }

    /// Converts.
    /// - Parameter progress: gets a line a stage.
    /// - Throws: `.verificationFailed` where a check fails; then nothing was written.
    public func run(progress: (String) -> Void = { _ in }) throws(OsteonError) -> ConversionReport {
        var (_, file, report) = try prove(outputs: [destination], progress: progress)
        progress("writing \(destination)")
        var clock = StepClock()
        try NativeWriter.write(file, to: destination)
        report.fileBytes = FileStatus.size(destination) ?? 0
        report.add("write", "\(destination), \(report.fileBytes) bytes", &clock)
        return report
    }

    /// All of a conversion but writing it: the optimised model and its native file's contents, checked.
    /// - Parameter outputs: the files that will be written.
    /// - Throws: `.verificationFailed` where a check fails.
    func prove(
        outputs: [String], progress: (String) -> Void = { _ in }
    ) throws(OsteonError) -> (model: Model, file: ModelFile, report: ConversionReport) {
        let inputs = [source, reference].compactMap { $0 }
        try OutputPaths.check(outputs, inputs: inputs)
        var report = ConversionReport()
        // The source's hashes are taken beside the import.
        let hashes = SourceHashes([source])
        progress("reading \(source)")
        var clock = StepClock()
        let imported = try Model.open(source, options: importOptions, feeding: ReferenceArrays.all(reference))
        try OutputPaths.check(outputs, inputs: inputs + imported.sourceFiles)
        report.add("import", "\(imported.format.title), \(imported.graph.nodeCount) nodes", &clock)
        report.notes += imported.notes + (imported.imaging?.notes ?? []) + imported.weightRemarks
        if imported.native?.signature != nil {
            report.notes.append("the source's signature isn't carried over: sign what was written anew")
        }
        var optimized = imported
        if optimize {
            progress("optimising")
            let (model, result) = try imported.optimized(
                pipeline(), OptimizationOptions(stopAfter: stopAfter, check: rewriteCheck(imported)))
            optimized = model
            report.passes = result.passes.filter { $0.count > 0 }.map { ($0.id, $0.count) }
            if explain { report.explanations = result.explanations.map(\.description) }
            report.add("optimise", "\(result.nodesBefore) → \(result.nodesAfter) nodes, \(result.patchCount) rewrites", &clock)
        }
        progress("comparing the optimised graph with the imported one")
        let arrays = try reference.map { (path) throws(OsteonError) in try ReferenceArrays(path: path, for: imported.graph) }
        let equivalence = try checkEquivalence(imported, optimized, arrays)
        var records = [try equivalence.record(of: optimized, report.passes, self)]
        report.equivalence = equivalence.checks
        report.checkedShapes = equivalence.inputs.mapValues(\.shape)
        report.notes += report.equivalence.remarks
        let sizes = report.checkedShapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.map(String.init).joined(separator: "×"))" }
        let found =
            report.equivalence.compareNumbers
            ? "optimised equals imported to \(report.equivalence.worstText) of the largest output"
            : "NOT compared: no value of any output is a number"
        report.add("check", "\(found) (\(sizes.joined(separator: ", ")))", &clock)
        if let reference, let arrays {
            progress("comparing with \(reference)")
            var verification = ModelVerification(optimized, engine: engine)
            verification.relativeTolerance = tolerance
            report.reference = try verification.run(equivalence.results, against: arrays).outputs
            try Self.refuse(report.reference, "the reference \(reference)")
            if !report.reference.isEmpty {
                records.append(
                    try .make(
                        .reference, of: optimized, origin: equivalence.origin, inputs: equivalence.inputs, checks: report.reference,
                        expected: arrays.outputs, results: equivalence.results, relativeTolerance: tolerance,
                        absoluteTolerance: verification.absoluteTolerance, engine: engine))
            }
            let largest = report.reference.map(\.comparison.maximumAbsoluteError).max() ?? 0
            report.notes += report.reference.remarks.map { "reference, \($0)" }
            report.add(
                "reference",
                report.reference.compareNumbers || report.reference.isEmpty
                    ? "largest difference \(largest.errorText)" : "NOT compared: no value is a number", &clock)
        }
        return (optimized, try nativeFile(optimized, report, records, hashes), report)
    }

    private func pipeline() throws(OsteonError) -> Pipeline {
        var pipeline = Pipeline.standard
        if let passes { pipeline = try pipeline.only(passes) }
        return try pipeline.skipping(skippedPasses)
    }

    /// Both graphs on the same inputs: how they compare, and what each gave.
    private struct Equivalence {
        var checks: [OutputCheck]
        var origin: VerificationRecord.Origin
        var inputs: [String: Tensor]
        var expected: [String: Tensor]
        var results: [String: Tensor]

        func record(
            of model: Model, _ passes: [(id: String, count: Int)], _ conversion: Conversion
        ) throws(OsteonError) -> VerificationRecord {
            var record = try VerificationRecord.make(
                .optimized, of: model, origin: origin, inputs: inputs, checks: checks, expected: expected, results: results,
                relativeTolerance: conversion.tolerance, absoluteTolerance: Conversion.absoluteTolerance, engine: conversion.engine)
            record.passes = passes.map { Provenance.Pass(id: $0.id, count: $0.count) }
            return record
        }
    }

    /// The largest difference from the imported graph that's no bother where outputs are all but zero.
    private static let absoluteTolerance = 1e-6

    /// Runs both graphs on the same inputs and holds every output to the tolerance.
    ///
    /// Without a reference or shapes the inputs are seeded and as small as is telling; what fails there is decided at the
    /// network's own size.
    private func checkEquivalence(
        _ imported: Model, _ optimized: Model, _ reference: ReferenceArrays?
    ) throws(OsteonError) -> Equivalence {
        if let reference, let path = self.reference {
            return try compare(imported, optimized, reference.inputs, .file(Provenance.Source(path: path)))
        }
        let full = try imported.inputShapes(Shapes.byInput(shapes, of: imported.graph))
        if shapes.isEmpty, let smaller = EconomicalShapes.smaller(than: full, imported.graph, optimized.graph) {
            let (smallImported, smallOptimized) = (imported.taking(smaller), optimized.taking(smaller))
            if let inputs = try? smallImported.seededInputs(seed: 0),
                let result = try? compare(smallImported, smallOptimized, inputs, Self.seeded())
            {
                return result
            }
        }
        let inputs = try imported.seededInputs(seed: 0, shapes: full)
        do {
            return try compare(imported, optimized, inputs, Self.seeded())
        } catch  where error.code != .verificationFailed && inputs.values.contains(where: { $0.elementType.isInteger }) {
            do throws(OsteonError) {
                // An integer input may be an index into something smaller; 0 always fits.
                return try compare(imported, optimized, imported.seededInputs(seed: 0, shapes: full, integerLimit: 1), Self.seeded(1))
            } catch  where error.code != .verificationFailed {
                var error = error
                let names = imported.inputNames.filter { inputs[$0]?.elementType.isInteger == true }.joined(separator: ", ")
                error.message +=
                    " The check makes up its inputs, and found no values of \(names) that the network takes: give inputs with the outputs they should have by --reference FILE.npz."
                throw error
            }
        }
    }

    /// Inputs of seed 0.
    private static func seeded(_ integerLimit: Int = SeededInput.integerLimit) -> VerificationRecord.Origin {
        .seeded(seed: 0, integerLimit: integerLimit)
    }

    private func compare(
        _ imported: Model, _ optimized: Model, _ inputs: [String: Tensor], _ origin: VerificationRecord.Origin
    ) throws(OsteonError) -> Equivalence {
        let expected = try imported.session(for: inputs, engine).run(inputs)
        let actual = try optimized.session(for: inputs, engine).run(inputs)
        var checks: [OutputCheck] = []
        for name in imported.outputNames {
            guard let a = actual[name], let e = expected[name] else {
                throw OsteonError(.internalFault, "The optimised graph lost its output \(name).")
            }
            checks.append(try OutputCheck(name: name, actual: a, expected: e, absolute: Self.absoluteTolerance, relativeToMax: tolerance))
        }
        try Self.refuse(checks, "the imported graph")
        return Equivalence(checks: checks, origin: origin, inputs: inputs, expected: expected, results: actual)
    }

    private static func refuse(_ checks: [OutputCheck], _ other: String) throws(OsteonError) {
        guard let failed = checks.first(where: { !$0.passed }) else { return }
        throw OsteonError(
            .verificationFailed,
            "Output \(failed.name) differs from \(other) by \(failed.comparison.maximumAbsoluteError.errorText), \(failed.tolerance.errorText) is allowed; nothing was written."
        )
    }

    /// Evaluates a graph on seeded inputs, for the optimiser's own check of each rewrite.
    private func rewriteCheck(_ imported: Model) throws(OsteonError) -> EquivalenceCheck? {
        guard checkEachRewrite else { return nil }
        let engine = engine
        return EquivalenceCheck(inputs: try imported.seededInputs(seed: 0, shapes: Shapes.byInput(shapes, of: imported.graph))) {
            (graph, inputs) throws(OsteonError) in
            // A rewrite in the middle of the graph may leave inputs without a reader.
            var needed: [String: Tensor] = [:]
            for input in graph.inputs { needed[graph[input].name] = inputs[graph[input].name] }
            let shapes = needed.mapValues(\.shape)
            let plan = try Plan.make(graph: graph, bindings: graph.bindings(for: shapes), inputShapes: shapes, options: engine)
            return try Session(plan).run(needed)
        }
    }

    private func nativeFile(
        _ model: Model, _ report: ConversionReport, _ records: [VerificationRecord], _ hashes: SourceHashes
    ) throws(OsteonError) -> ModelFile {
        let passes = report.passes.map { Provenance.Pass(id: $0.id, count: $0.count) }
        var file = try model.nativeFile(passes: passes, options: changingOptions, hashes)
        // Where a native source was cut, its checks are of another graph.
        let isCut = !(importOptions.inputs.isEmpty && importOptions.outputs.isEmpty && importOptions.constants.isEmpty)
        if isCut { file.verification = try VerificationRecord.inherited(file.verification) }
        file.verification += records.map(\.json)
        return file
    }

    /// The options that change the result, for the record.
    private var changingOptions: [String: String] {
        var result = importOptions.changes
        if !optimize { result["optimize"] = "no" }
        if let passes { result["passes"] = passes.joined(separator: ",") }
        if !skippedPasses.isEmpty { result["skip_pass"] = skippedPasses.joined(separator: ",") }
        if let stopAfter { result["stop_after"] = "\(stopAfter)" }
        return result
    }
}

/// What a conversion did, step by step.
public struct ConversionReport: Sendable {
    public struct Step: Sendable {
        public var name: String
        public var result: String
        public var seconds: Double
        /// The process's largest resident size until the step's end.
        public var peakBytes: Int
    }

    public internal(set) var steps: [Step] = []
    public internal(set) var passes: [(id: String, count: Int)] = []
    public internal(set) var explanations: [String] = []
    public internal(set) var equivalence: [OutputCheck] = []
    /// The input shapes at which the optimised graph was compared with the imported one.
    public internal(set) var checkedShapes: [String: [Int]] = [:]
    public internal(set) var reference: [OutputCheck] = []
    public internal(set) var notes: [String] = []
    public internal(set) var fileBytes = 0

    /// Ends a step that began when the clock was made or last read.
    mutating func add(_ name: String, _ result: String, _ clock: inout StepClock) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        steps.append(Step(name: name, result: result, seconds: clock.lap(), peakBytes: usage.ru_maxrss * 1024))
    }

    public var json: JSONValue {
        .record([
            ("schema", .string("osteon.convert.1")),
            (
                "steps",
                .array(
                    steps.map { step in
                        .record([
                            ("name", .string(step.name)), ("result", .string(step.result)), ("seconds", .number(step.seconds)),
                            ("peak_bytes", .integer(step.peakBytes)),
                        ])
                    })
            ),
            ("passes", .array(passes.map { .record([("id", .string($0.id)), ("rewrites", .integer($0.count))]) })),
            ("equivalence", .array(equivalence.map(\.json))),
            (
                "checked_shapes",
                .record(checkedShapes.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.map { .integer($0) })) })
            ),
            ("reference", .array(reference.map(\.json))),
            ("bytes", .integer(fileBytes)),
            ("explanations", .array(explanations.map { .string($0) })),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }
}

/// Seconds between one reading and the next.
struct StepClock {
    private var last = DispatchTime.now().uptimeNanoseconds

    mutating func lap() -> Double {
        let now = DispatchTime.now().uptimeNanoseconds
        defer { last = now }
        return Double(now - last) / 1e9
    }
}
