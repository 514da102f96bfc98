import Bytes
import Container
import Engine
import GraphIR
import Quantization
import Tensors
import Verification

/// Plans on disk, and what the file keeps of a reduction.
extension ModelQuantization {
    /// Puts the reduced graph into the file, with its plan and the checks that can be repeated from the file.
    func keep(
        _ result: PrecisionReduction.Result, of model: Model, _ cases: Cases, in file: inout ModelFile, notes: inout [String]
    ) throws(OsteonError) {
        file.graph = result.graph
        file.provenance.passes.append(Provenance.Pass(id: "quantize", count: result.plan.layers.count { $0.precision != .f32 }))
        file.provenance.options.merge(provenanceOptions) { $1 }
        file.keep(result.plan)
        // The checks made so far are about the float model.
        file.verification = file.verification.map(\.inherited)
        guard let samples = cases.evaluation else { return }
        file.verification.append(.record(try record(model, file.graph, result, samples, cases.calibration, &notes)))
        // Seeded inputs can be had anywhere; a patient's scan can't.
        if case .seeded = samples.origins[0] { return }
        guard let seeded = probes(model, cases.shapes) else { return }
        // The case's own values are told; those of noise say nothing more.
        var others: [String] = []
        file.verification.append(.record(try record(model, file.graph, result, seeded, cases.calibration, &others)))
    }

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

    func settings(_ samples: Samples?) -> [String: String] {
        var result = provenanceOptions
        if let samples { result["calibration_samples"] = "\(samples.count)" }
        return result
    }

    var provenanceOptions: [String: String] {
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
                """
                \(check.comparison.nonFiniteMismatchCount) of \(check.comparison.count) values of output \(check.name) are NaN or \
                infinite where the float model's are otherwise: the numbers leave the range of \
                \(isMixed ? "the reduced types" : options.precision.rawValue). Nothing was written; bf16 has the range of f32, and \
                \(Parameter.keep) leaves layers in it.
                """
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
    static func explanation(_ violation: String, _ plan: PrecisionPlan) -> String {
        var text = "The model doesn't fit its budget: \(violation)."
        let reduced = plan.layers.filter { $0.precision == .int8 }
        if let worst = reduced.min(by: {
            ($0.outputErrorAlone ?? $0.ownError ?? .infinity) < ($1.outputErrorAlone ?? $1.ownError ?? .infinity)
        }),
            let error = worst.outputErrorAlone ?? worst.ownError
        {
            text +=
                """
                 Layer \(worst.name) costs most (\(String(error, digits: 1)) dB); in f16 it would take \
                \(worst.floatBytes / 2 - worst.bytes) bytes more.
                """
            text += " Leave it out with \(Parameter.keep) \(worst.name), or let \(Parameter.precision) mixed choose."
        }
        return text
    }
}
