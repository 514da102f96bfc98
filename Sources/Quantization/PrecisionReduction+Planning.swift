import Bytes
import GraphIR
import Verification

/// What calibration sees of a network, and the plan that follows from it.
extension PrecisionReduction {
    func calibrate(
        _ graph: Graph, _ planner: PrecisionPlanner, _ samples: Samples?, given: PrecisionPlan?, _ progress: Progress
    ) throws(OsteonError) -> CalibrationTable? {
        let isInteger = options.precision == .int8 || options.firstLayers == .int8 || options.lastLayers == .int8
        let isHalf = options.precision == .f16 || raisedPrecision == .f16 && isInteger
        guard let samples, samples.count > 0 else {
            guard given != nil || !isInteger else {
                throw OsteonError(.usage, "int8 needs calibration samples for the ranges of values: give \(Parameter.calibration).")
            }
            return nil
        }
        guard isInteger || isHalf || given != nil else { return nil }
        var calibrator = Calibrator(
            graph, histograms: isInteger || given != nil ? planner.quantizedValues : [], ranges: isHalf ? planner.floatValues : [],
            options: engine)
        for index in 0..<samples.count {
            try locating("calibration sample \(samples.names[index])") { () throws(OsteonError) in
                _ = try calibrator.add(samples.load(index))
            }
            progress("calibrating", index + 1, samples.count)
        }
        return calibrator.table
    }

    /// The scales of channels that lose least at the outputs, if any does better than none, tried on two samples.
    func channelScales(
        _ table: CalibrationTable, _ samples: Samples, _ evaluator: any TaskEvaluator, _ progress: Progress
    ) throws(OsteonError) -> [String: [Int]] {
        let equalization = try ChannelEqualization(graph)
        var candidates: [[String: [Int]]] = []
        for range in ChannelEqualization.Range.allCases {
            let scales = try equalization.scales(table, range)
            if !scales.isEmpty, !candidates.contains(scales) { candidates.append(scales) }
        }
        guard !candidates.isEmpty else { return [:] }
        let trials = 2
        func decibels(_ scales: [String: [Int]]) throws(OsteonError) -> Double {
            let graph = try scales.isEmpty ? graph : equalization.apply(scales)
            let planner = try PrecisionPlanner(graph, options)
            let samples = samples.prefix(trials)
            guard let table = try calibrate(graph, planner, samples, given: nil, { _, _, _ in }) else { return -.infinity }
            let plan = try draft(graph, planner, table, samples) { _ in }
            return try evaluator.loss(of: Self.reduced(graph, plan), casesAtMost: trials).decibels
        }
        var best = (decibels: try decibels([:]) + Self.leastGain, scales: [String: [Int]]())
        for (index, scales) in candidates.enumerated() {
            progress("equalising channels", index, candidates.count)
            let found = try decibels(scales)
            if found > best.decibels { best = (found, scales) }
        }
        progress("equalising channels", candidates.count, candidates.count)
        return best.scales
    }

    /// What equalising channels must gain at the outputs, in decibels, to be done.
    private static let leastGain = 2.0

    /// The plan that reduces all that's to be reduced, measured on the samples where there are some.
    func draft(
        _ graph: Graph, _ planner: PrecisionPlanner, _ table: CalibrationTable?, _ samples: Samples?, progress: (Int) -> Void
    ) throws(OsteonError) -> PrecisionPlan {
        var plan = try planner.plan(table)
        plan.weightBits = options.weightBits
        if let table { setImportance(&plan, graph, planner, table) }
        if let samples { try measure(&plan, graph, planner, samples, progress: progress) }
        return plan
    }

    /// Sets each layer's own error, and what its bias is to take back of it.
    private func measure(
        _ plan: inout PrecisionPlan, _ graph: Graph, _ planner: PrecisionPlanner, _ samples: Samples, progress: (Int) -> Void
    ) throws(OsteonError) {
        guard plan.layers.contains(where: { $0.precision == .int8 }) else { return }
        let errors = try LayerErrors(
            graph, Self.reduced(graph, plan), layers: planner.layers, samples: samples, mode: .reinjecting, engine: engine,
            progress: progress)
        for index in plan.layers.indices where plan.layers[index].precision != .f32 {
            plan.layers[index].ownError = errors.decibels[plan.layers[index].name]
            guard options.correctsBiases, plan.layers[index].precision == .int8, let layer = planner.byName[plan.layers[index].name],
                layer.biasInput != nil
            else { continue }
            plan.layers[index].biasCorrection = errors.correction(layer)
        }
    }

    /// The mean square of each input channel, which a layer's weights are rounded by.
    private func setImportance(_ plan: inout PrecisionPlan, _ graph: Graph, _ planner: PrecisionPlanner, _ table: CalibrationTable) {
        for index in plan.layers.indices where plan.layers[index].precision == .int8 {
            guard let layer = planner.byName[plan.layers[index].name], layer.family == .convolution,
                let input = planner.dataNames(layer).first, let seen = table[input], seen.channelCount > 0
            else { continue }
            let mean = seen.channelSquares.map { Float($0 / Double(seen.channelCount)) }
            // A channel that was always 0 in calibration still counts a little.
            let floor = (mean.max() ?? 0) * 1e-4
            plan.layers[index].inputSquares = mean.map { max($0, floor) }
        }
    }

    func setCosts(_ plan: inout PrecisionPlan, _ bound: Graph) throws(OsteonError) {
        var work: [String: Int] = [:]
        for layer in try QuantizableLayer.all(in: bound) { work[layer.name] = layer.multiplyAccumulates }
        for index in plan.layers.indices { plan.layers[index].multiplyAccumulates = work[plan.layers[index].name] ?? 0 }
    }
}
