import Bytes
import Container
import Contracts
import Engine
import Glibc
import GraphIR
import Optimizer
import Tensors
import Verification

/// Import, optimise, prove, write: what `osteon convert` does.
package struct Conversion {
    package var source: String
    package var importOptions: ImportOptions
    package var destination: String
    package var optimize = true
    /// Only these passes; nil for the standard pipeline.
    package var passes: [String]?
    package var skippedPasses: [String] = []
    package var stopAfter: Int?
    package var explain = false
    /// Holds every single rewrite to its pass's promise.
    package var checkEachRewrite = false
    /// An `.npz` with the source framework's inputs and outputs.
    package var reference: String?
    /// Shapes to compare at where dimensions are free.
    package var shapes: [ShapeRequest] = []
    /// The largest difference allowed by either check, relative to the largest magnitude of an output.
    package var tolerance = 1e-4
    package var engine = PlanOptions()

    package init(source: String, importOptions: ImportOptions = ImportOptions(), destination: String) {
        self.source = source
        self.importOptions = importOptions
        self.destination = destination
    }

    /// Converts.
    /// - Parameter progress: gets a line a stage.
    /// - Throws: `.verificationFailed` where a check fails; then nothing was written.
    package func run(progress: (String) -> Void = { _ in }) throws(OsteonError) -> ConversionReport {
        var (_, file, report) = try prove(outputs: [destination], progress: progress)
        progress("writing \(destination)")
        var clock = Stopwatch()
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
        progress("reading \(source)")
        var clock = Stopwatch()
        let imported = try Model.open(source, options: importOptions, feeding: ReferenceArrays.all(reference), isRecorded: true)
        try OutputPaths.check(outputs, inputs: inputs + imported.sourceFiles.map(\.path))
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
        let proof = try prove(optimized, against: imported, arrays)
        var record = try VerificationRecord.make(.optimized, of: optimized, origin: proof.origin, proof.outputs, engine: engine)
        record.passes = report.passes.map { Provenance.Pass(id: $0.id, count: $0.count) }
        var records = [record]
        report.equivalence = proof.checks
        report.checkedShapes = proof.outputs.inputs.mapValues(\.shape)
        report.notes += report.equivalence.remarks
        let sizes = report.checkedShapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.map(String.init).joined(separator: "×"))" }
        let found =
            report.equivalence.compareNumbers
            ? "optimised equals imported to \(report.equivalence.worstText) of the largest output"
            : "NOT compared: no value of any output is a number"
        report.add("check", "\(found) (\(sizes.joined(separator: ", ")))", &clock)
        if let reference, let arrays {
            progress("comparing with \(reference)")
            if let record = try hold(optimized, proof.outputs, to: arrays, reference, &report) { records.append(record) }
            let largest = report.reference.map(\.comparison.maximumAbsoluteError).max() ?? 0
            report.notes += report.reference.remarks.map { "reference, \($0)" }
            report.add(
                "reference",
                report.reference.compareNumbers || report.reference.isEmpty
                    ? "largest difference \(largest.errorText)" : "NOT compared: no value is a number", &clock)
        }
        return (optimized, try nativeFile(optimized, report, records), report)
    }

    private func pipeline() throws(OsteonError) -> Pipeline {
        var pipeline = Pipeline.standard
        if let passes { pipeline = try pipeline.only(passes) }
        return try pipeline.skipping(skippedPasses)
    }

    /// Runs both graphs on the same inputs and holds every output to the tolerance.
    ///
    /// Without a reference or shapes the inputs are seeded and as small as is telling; what fails there is decided at the
    /// network's own size.
    private func prove(
        _ optimized: Model, against imported: Model, _ arrays: ReferenceArrays?
    ) throws(OsteonError) -> ModelComparison.Result {
        func comparison(_ shapes: [String: [Int]]? = nil) throws(OsteonError) -> ModelComparison {
            try ModelComparison(
                shapes.map(optimized.taking) ?? optimized, against: shapes.map(imported.taking) ?? imported, "the imported graph",
                tolerance: tolerance, engine: engine)
        }
        if let arrays, let reference {
            return try comparison().run(arrays.inputs, .file(Provenance.Source(path: reference)))
        }
        let full = try imported.inputShapes(imported.shapes(for: shapes))
        if shapes.isEmpty, let smaller = EconomicalShapes.smaller(than: full, imported.graph, optimized.graph),
            let result = try? comparison(smaller).run(shapes: smaller)
        {
            return result
        }
        var atFullSize = try comparison()
        atFullSize.remedy = "A reference gives inputs together with the outputs they should have: \(Parameter.reference) FILE.npz."
        return try atFullSize.run(shapes: full)
    }

    /// Holds the optimised model's outputs to the reference's arrays.
    /// - Returns: the record of it; nil where the reference names no output.
    private func hold(
        _ optimized: Model, _ computed: OutputComparison, to arrays: ReferenceArrays, _ path: String, _ report: inout ConversionReport
    ) throws(OsteonError) -> VerificationRecord? {
        var verification = ModelVerification(optimized, engine: engine)
        verification.tolerance.relativeToMaximum = tolerance
        report.reference = try verification.run(computed.results, against: arrays).outputs
        var comparison = computed
        comparison.tolerance = verification.tolerance
        comparison.expected = arrays.outputs
        comparison.checks = report.reference
        try comparison.refuse("the reference \(path)")
        return report.reference.isEmpty
            ? nil : try .make(.reference, of: optimized, origin: .file(Provenance.Source(path: path)), comparison, engine: engine)
    }

    /// Evaluates a graph on seeded inputs, for the optimiser's own check of each rewrite.
    private func rewriteCheck(_ imported: Model) throws(OsteonError) -> EquivalenceCheck? {
        guard checkEachRewrite else { return nil }
        let engine = engine
        return EquivalenceCheck(inputs: try imported.seededInputs(seed: 0, shapes: imported.shapes(for: shapes))) {
            (graph, inputs) throws(OsteonError) in
            // A rewrite in the middle of the graph may leave inputs without a reader.
            var needed: [String: Tensor] = [:]
            for input in graph.inputs { needed[graph[input].name] = inputs[graph[input].name] }
            let shapes = needed.mapValues(\.shape)
            return try Session(Plan.make(graph: graph, bindings: graph.bindings(for: shapes), inputShapes: shapes, options: engine)).run(
                needed)
        }
    }

    private func nativeFile(
        _ model: Model, _ report: ConversionReport, _ records: [VerificationRecord]
    ) throws(OsteonError) -> ModelFile {
        let passes = report.passes.map { Provenance.Pass(id: $0.id, count: $0.count) }
        var file = try model.nativeFile(passes: passes, options: changingOptions)
        // Where a native source was cut, its checks are of another graph.
        let isCut = !(importOptions.inputs.isEmpty && importOptions.outputs.isEmpty && importOptions.constants.isEmpty)
        if isCut { file.verification = file.verification.map(\.inherited) }
        file.verification += records.map(VerificationEntry.record)
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
package struct ConversionReport: Sendable {
    package struct Step: Sendable {
        package var name: String
        package var result: String
        package var seconds: Double
        /// The process's largest resident size until the step's end.
        package var peakBytes: Int
    }

    package internal(set) var steps: [Step] = []
    package internal(set) var passes: [(id: String, count: Int)] = []
    package internal(set) var explanations: [String] = []
    package internal(set) var equivalence: [OutputCheck] = []
    /// The input shapes at which the optimised graph was compared with the imported one.
    package internal(set) var checkedShapes: [String: [Int]] = [:]
    package internal(set) var reference: [OutputCheck] = []
    package internal(set) var notes: [String] = []
    package internal(set) var fileBytes = 0

    /// Ends a step that began when the clock was made or last read.
    mutating func add(_ name: String, _ result: String, _ clock: inout Stopwatch) {
        steps.append(Step(name: name, result: result, seconds: clock.lap(), peakBytes: ProcessFigures.peakByteCount))
    }

    package var json: JSONValue {
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
