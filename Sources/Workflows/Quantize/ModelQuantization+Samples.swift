import Bytes
import Contracts
import Engine
import GraphIR
import Imaging
import Quantization
import Tensors
import Verification

/// The inputs that ranges are set by and losses are measured on.
extension ModelQuantization {
    /// The inputs of one quantisation.
    struct Cases {
        var shapes: [String: [Int]]
        var calibration: Samples?
        /// Seeded inputs, where there are no calibration samples.
        var probes: Samples?
        var volumes: VolumeCases?
        /// What the budget is held on.
        var evaluation: Samples?
    }

    func readCases(for model: Model) throws(OsteonError) -> Cases {
        var cases = Cases(shapes: try model.shapes(for: shapes))
        cases.calibration = try calibrationSamples(model, cases.shapes)
        if cases.calibration == nil { cases.probes = probes(model, cases.shapes) }
        cases.volumes = try evaluationVolumes()
        if let volumes = cases.volumes {
            cases.evaluation = try volumes.samples(for: model, imaging, windows: 1)
        } else if evaluation.isEmpty {
            cases.evaluation = cases.calibration ?? cases.probes
        } else {
            cases.evaluation = try SampleFiles.samples(evaluation, for: model, shapes: cases.shapes)
        }
        if !evaluation.isEmpty, let samples = cases.calibration, let others = cases.evaluation { try refuseOverlap(samples, others) }
        return cases
    }

    /// What measures losses; nil where there are no cases and no budget.
    func evaluator(of model: Model, _ cases: Cases, _ progress: (String) -> Void) throws(OsteonError) -> (any TaskEvaluator)? {
        var evaluator: (any TaskEvaluator)?
        if let volumes = cases.volumes, let windows = cases.evaluation {
            progress("segmenting \(volumes.cases.count) scans with the float model")
            evaluator = try VolumeEvaluator(model, volumes, windows: windows, imaging, engine: engine)
        } else if let samples = cases.evaluation {
            progress("computing the float outputs of \(samples.count) cases")
            let mask = budget.needsMasks || maskRule != nil ? try mask(of: model) : nil
            evaluator = try OutputEvaluator(model.graph, samples: samples, maskRule: mask?.rule, maskOutput: mask?.output, engine: engine)
        }
        guard budget.isEmpty || evaluator != nil else {
            throw OsteonError(.usage, "A budget needs cases to be held on: give \(Parameter.calibration) or \(Parameter.evaluation).")
        }
        guard !isMixed || !budget.isEmpty else {
            throw OsteonError(
                .usage,
                """
                Mixed precision needs a budget: \(Parameter.maxError), \(Parameter.minSqnr), \(Parameter.maxDiceDrift) or \
                \(Parameter.maxCaseDrift).
                """)
        }
        return evaluator
    }

    static let probeCount = 2

    /// Seeded inputs to hold the outputs on where nothing else is given; nil where the model doesn't take such.
    func probes(_ model: Model, _ shapes: [String: [Int]]) -> Samples? {
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
            """
            \(both.count) cases are both for calibration and for evaluation (\(both.prefix(3).joined(separator: ", "))…): figures \
            on cases that set the ranges are biased. Leave them out of one, or give \(Parameter.allowOverlap).
            """
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
}
