import Bytes
import Engine
import Glibc
import GraphIR
import Tensors
import Verification

/// A float network reduced to fewer bits: how, by how much, and what it costs.
package struct PrecisionReduction {
    package var options: ReductionOptions
    package var engine = PlanOptions()
    /// What the reduced network may lose; empty for whatever it loses.
    package var budget = Budget()
    /// What a search raises a layer to before `f32`.
    package var raisedPrecision = LayerPrecision.f16
    package var leastIntegerShare = 0.0

    private let graph: Graph

    /// - Parameter graph: optimised, in `f32`, with its shapes as free as they're to stay.
    package init(_ graph: Graph, _ options: ReductionOptions) {
        self.graph = graph
        self.options = options
    }

    /// What a reduction made.
    package struct Result {
        package var graph: Graph
        package var plan: PrecisionPlan
        /// On the evaluator's cases; nil where there was none.
        package var loss: TaskLoss?
        /// What breaks the budget; nil where it's kept.
        package var violation: String?
        /// Milliseconds a run takes less by layer, measured here and now; below 0 where it takes longer.
        package var millisecondsSaved: [String: Double] = [:]
        package var notes: [String] = []
    }

    /// Where a reduction is: what it's doing, and how much of it is done.
    package typealias Progress = (_ stage: String, _ done: Int, _ of: Int) -> Void

    /// Reduces the network.
    /// - Parameters:
    ///   - samples: calibration inputs; needed for `int8`, and to find what leaves the range of `f16`.
    ///   - probes: inputs that errors are measured on where there are no samples.
    ///   - evaluator: measures the loss; needed for a budget.
    ///   - given: a plan to apply as it is instead of making one.
    /// - Throws: `.usage` where samples are needed and missing.
    package func run(
        samples: Samples?, probes: Samples? = nil, evaluator: (any TaskEvaluator)? = nil, given: PrecisionPlan? = nil,
        searching: Bool = false,
        progress: Progress = { _, _, _ in }
    ) throws(OsteonError) -> Result {
        var graph = graph
        var planner = try PrecisionPlanner(graph, options)
        var notes: [String] = []
        var table: CalibrationTable?
        var channelScales = given?.channelScales ?? [:]
        if given == nil {
            table = try calibrate(graph, planner, samples, given: nil, progress)
            if options.precision == .int8, options.equalizes, let table, let samples, let evaluator {
                channelScales = try self.channelScales(table, samples, evaluator, progress)
            }
        }
        if !channelScales.isEmpty {
            graph = try ChannelEqualization(graph).apply(channelScales)
            planner = try PrecisionPlanner(graph, options)
            notes.append("the channels of \(channelScales.count) layers were equalised")
        }
        if given != nil || !channelScales.isEmpty { table = try calibrate(graph, planner, samples, given: given, progress) }
        var bound = graph
        if let first = try samples.flatMap({ $0.count > 0 ? $0 : nil })?.load(0) {
            // Costs are told at the samples' size; the graph that's reduced stays free.
            let shapes = first.mapValues(\.shape)
            try bound.specialize(bound.bindings(for: shapes), inputShapes: shapes)
        }
        var plan: PrecisionPlan
        if let given {
            plan = given
            if let table { try planner.setRanges(&plan, table) }
        } else {
            plan = try draft(graph, planner, table, samples) { progress("measuring each layer's own error", $0, samples?.count ?? 0) }
            plan.channelScales = channelScales
            try setCosts(&plan, bound)
        }
        let float = graph
        func reduced(_ plan: PrecisionPlan) throws(OsteonError) -> Graph { try Self.reduced(float, plan) }
        var result: Result
        if searching, let evaluator {
            let overflowing = Set(plan.overflowing)
            let search = BudgetSearch(
                budget: budget, evaluator: evaluator, raised: raisedPrecision, leastShare: leastIntegerShare, reduce: reduced,
                settle: { name, wanted in
                    guard let layer = planner.byName[name] else { return (wanted, 0) }
                    let settled: LayerPrecision = wanted == .f16 && planner.touches(overflowing, layer) ? .f32 : wanted
                    return (settled, planner.bytes(layer, settled))
                })
            let expected = BudgetSearch.evaluations(layers: plan.layers.count { $0.precision == .int8 })
            let outcome = try search.run(plan) { progress("searching", $0, expected) }
            result = Result(graph: outcome.graph, plan: outcome.plan, loss: outcome.loss, violation: outcome.violation)
            notes.append("the search took \(outcome.evaluations) evaluations of \(expected) at the most")
        } else if given == nil, let evaluator, evaluator.caseCount > 0, HalfSearch.bounds[options.precision] != nil {
            let search = HalfSearch(
                evaluator: evaluator, budget: budget, precision: options.precision, reduce: reduced,
                bytes: { name, precision in planner.byName[name].map { planner.bytes($0, precision) } ?? 0 })
            let outcome = try search.run(
                plan,
                ownErrors: { () throws(OsteonError) in
                    guard let probes = samples ?? probes else { return [:] }
                    return try LayerErrors(
                        graph, reduced(plan), layers: planner.layers, samples: probes.prefix(1), mode: .reinjecting, engine: engine
                    ) { _ in }.decibels
                },
                progress: { progress("checking the outputs", $0, 0) })
            result = Result(graph: outcome.graph, plan: outcome.plan, loss: outcome.loss, violation: outcome.loss.violation(of: budget))
            if outcome.raisedCount > 0 {
                notes.append(
                    "all in \(options.precision.rawValue) loses more than it should: \(outcome.raisedCount) steps towards f32 were taken; a budget such as \(Parameter.maxError) allows more"
                )
            } else if !outcome.isInside {
                notes.append(
                    "the outputs lose more than the default bound, and f32 for a few layers isn't enough; \(Parameter.maxError) enforces a bound"
                )
            }
        } else {
            result = Result(graph: try reduced(plan), plan: plan)
            if let evaluator {
                let loss = try evaluator.loss(of: result.graph, casesAtMost: nil)
                result.loss = loss
                result.violation = loss.violation(of: budget)
            }
        }
        if let probes = samples ?? probes, probes.count > 0 {
            let errors = try LayerErrors(
                graph, result.graph, layers: planner.layers, samples: probes.prefix(1), mode: .cumulative, engine: engine
            ) { _ in }
            for index in result.plan.layers.indices {
                result.plan.layers[index].errorTogether = errors.decibels[result.plan.layers[index].name]
            }
        }
        if let sample = try samples.flatMap({ $0.count > 0 ? $0 : nil })?.load(0) {
            progress("timing both", 0, 1)
            let before = try times(graph, sample)
            let after = try times(result.graph, sample)
            for layer in result.plan.layers where layer.precision != .f32 {
                if let a = before[layer.name], let b = after[layer.name] { result.millisecondsSaved[layer.name] = a - b }
            }
            progress("timing both", 1, 1)
        }
        result.notes = notes
        return result
    }

    private func calibrate(
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
    private func channelScales(
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

    private static func reduced(_ graph: Graph, _ plan: PrecisionPlan) throws(OsteonError) -> Graph {
        var reducer = try GraphReducer(graph, plan: plan, weights: WeightQuantizer(bits: plan.weightBits))
        return try reducer.reduce()
    }

    /// The plan that reduces all that's to be reduced, measured on the samples where there are some.
    private func draft(
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

    /// Milliseconds by node: the better of two runs after one that doesn't count.
    private func times(_ graph: Graph, _ sample: [String: Tensor]) throws(OsteonError) -> [String: Double] {
        let shapes = sample.mapValues(\.shape)
        let session = try Session(Plan.make(graph: graph, bindings: graph.bindings(for: shapes), inputShapes: shapes, options: engine))
        _ = try session.run(sample)
        var result: [String: Double] = [:]
        for _ in 0..<2 {
            let profile = Profile()
            _ = try session.run(sample, profile: profile)
            for entry in profile.entries { result[entry.node] = min(result[entry.node] ?? .infinity, Double(entry.nanoseconds) / 1e6) }
        }
        return result
    }

    private func setCosts(_ plan: inout PrecisionPlan, _ bound: Graph) throws(OsteonError) {
        var work: [String: Int] = [:]
        for layer in try QuantizableLayer.all(in: bound) { work[layer.name] = layer.multiplyAccumulates }
        for index in plan.layers.indices { plan.layers[index].multiplyAccumulates = work[plan.layers[index].name] ?? 0 }
    }
}
