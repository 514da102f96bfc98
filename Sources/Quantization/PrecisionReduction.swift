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

    let graph: Graph

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
        let basis = try basis(samples, evaluator, given: given, progress)
        let plan = try plan(basis, samples, given: given, progress)
        var result: Result
        if searching, let evaluator {
            result = try searched(plan, basis, evaluator, progress)
        } else if given == nil, let evaluator, evaluator.caseCount > 0, HalfSearch.bounds[options.precision] != nil {
            result = try halved(plan, basis, evaluator, samples ?? probes, progress)
        } else {
            result = Result(graph: try Self.reduced(basis.graph, plan), plan: plan)
            if let evaluator {
                let loss = try evaluator.loss(of: result.graph, casesAtMost: nil)
                result.loss = loss
                result.violation = loss.violation(of: budget)
            }
        }
        if !basis.channelScales.isEmpty { result.notes.insert("the channels of \(basis.channelScales.count) layers were equalised", at: 0) }
        try measure(&result, basis, samples, probes, progress)
        return result
    }

    // MARK: What is reduced

    /// The network as it's reduced: its channels equalised, and what calibration saw of it.
    private struct Basis {
        var graph: Graph
        var planner: PrecisionPlanner
        var table: CalibrationTable?
        var channelScales: [String: [Int]]
    }

    private func basis(
        _ samples: Samples?, _ evaluator: (any TaskEvaluator)?, given: PrecisionPlan?, _ progress: Progress
    ) throws(OsteonError) -> Basis {
        var basis = Basis(graph: graph, planner: try PrecisionPlanner(graph, options), channelScales: given?.channelScales ?? [:])
        if given == nil {
            basis.table = try calibrate(graph, basis.planner, samples, given: nil, progress)
            if options.precision == .int8, options.equalizes, let table = basis.table, let samples, let evaluator {
                basis.channelScales = try channelScales(table, samples, evaluator, progress)
            }
        }
        if !basis.channelScales.isEmpty {
            basis.graph = try ChannelEqualization(graph).apply(basis.channelScales)
            basis.planner = try PrecisionPlanner(basis.graph, options)
        }
        if given != nil || !basis.channelScales.isEmpty {
            basis.table = try calibrate(basis.graph, basis.planner, samples, given: given, progress)
        }
        return basis
    }

    /// The plan given, with the ranges seen, or one of our own.
    private func plan(
        _ basis: Basis, _ samples: Samples?, given: PrecisionPlan?, _ progress: Progress
    ) throws(OsteonError) -> PrecisionPlan {
        if var plan = given {
            if let table = basis.table { try basis.planner.setRanges(&plan, table) }
            return plan
        }
        var plan = try draft(basis.graph, basis.planner, basis.table, samples) {
            progress("measuring each layer's own error", $0, samples?.count ?? 0)
        }
        plan.channelScales = basis.channelScales
        // Costs are told at the samples' size; the graph that's reduced stays free.
        var bound = basis.graph
        if let sample = try Self.first(of: samples) {
            let shapes = sample.mapValues(\.shape)
            try bound.specialize(bound.bindings(for: shapes), inputShapes: shapes)
        }
        try setCosts(&plan, bound)
        return plan
    }

    private static func first(of samples: Samples?) throws(OsteonError) -> [String: Tensor]? {
        guard let samples, samples.count > 0 else { return nil }
        return try samples.load(0)
    }

    // MARK: Searching

    /// Precisions chosen layer by layer to keep the budget.
    private func searched(
        _ plan: PrecisionPlan, _ basis: Basis, _ evaluator: any TaskEvaluator, _ progress: Progress
    ) throws(OsteonError) -> Result {
        let planner = basis.planner
        let overflowing = Set(plan.overflowing)
        let search = BudgetSearch(
            budget: budget, evaluator: evaluator, raised: raisedPrecision, leastShare: leastIntegerShare,
            reduce: { (plan) throws(OsteonError) in try Self.reduced(basis.graph, plan) },
            settle: { name, wanted in
                guard let layer = planner.byName[name] else { return (wanted, 0) }
                let settled: LayerPrecision = wanted == .f16 && planner.touches(overflowing, layer) ? .f32 : wanted
                return (settled, planner.bytes(layer, settled))
            })
        let expected = BudgetSearch.evaluations(layers: plan.layers.count { $0.precision == .int8 })
        let outcome = try search.run(plan) { progress("searching", $0, expected) }
        return Result(
            graph: outcome.graph, plan: outcome.plan, loss: outcome.loss, violation: outcome.violation,
            notes: ["the search took \(outcome.evaluations) evaluations of \(expected) at the most"])
    }

    /// All in 16-bit floats, as far as the outputs stay within the default bound.
    private func halved(
        _ plan: PrecisionPlan, _ basis: Basis, _ evaluator: any TaskEvaluator, _ probes: Samples?, _ progress: Progress
    ) throws(OsteonError) -> Result {
        let planner = basis.planner
        let search = HalfSearch(
            evaluator: evaluator, budget: budget, precision: options.precision,
            reduce: { (plan) throws(OsteonError) in try Self.reduced(basis.graph, plan) },
            bytes: { name, precision in planner.byName[name].map { planner.bytes($0, precision) } ?? 0 })
        let outcome = try search.run(
            plan,
            ownErrors: { () throws(OsteonError) in
                guard let probes else { return [:] }
                return try LayerErrors(
                    basis.graph, Self.reduced(basis.graph, plan), layers: planner.layers, samples: probes.prefix(1), mode: .reinjecting,
                    engine: engine
                ) { _ in }.decibels
            },
            progress: { progress("checking the outputs", $0, 0) })
        var result = Result(
            graph: outcome.graph, plan: outcome.plan, loss: outcome.loss, violation: outcome.loss.violation(of: budget))
        if outcome.raisedCount > 0 {
            result.notes.append(
                """
                all in \(options.precision.rawValue) loses more than it should: \(outcome.raisedCount) steps towards f32 were \
                taken; a budget such as \(Parameter.maxError) allows more
                """
            )
        } else if !outcome.isInside {
            result.notes.append(
                """
                the outputs lose more than the default bound, and f32 for a few layers isn't enough; \(Parameter.maxError) enforces \
                a bound
                """
            )
        }
        return result
    }

    // MARK: Measuring

    /// Sets the errors of all layers together, and what a run takes less.
    private func measure(
        _ result: inout Result, _ basis: Basis, _ samples: Samples?, _ probes: Samples?, _ progress: Progress
    ) throws(OsteonError) {
        if let probes = samples ?? probes, probes.count > 0 {
            let errors = try LayerErrors(
                basis.graph, result.graph, layers: basis.planner.layers, samples: probes.prefix(1), mode: .cumulative, engine: engine
            ) { _ in }
            for index in result.plan.layers.indices {
                result.plan.layers[index].errorTogether = errors.decibels[result.plan.layers[index].name]
            }
        }
        guard let sample = try Self.first(of: samples) else { return }
        progress("timing both", 0, 1)
        let before = try times(basis.graph, sample)
        let after = try times(result.graph, sample)
        for layer in result.plan.layers where layer.precision != .f32 {
            if let a = before[layer.name], let b = after[layer.name] { result.millisecondsSaved[layer.name] = a - b }
        }
        progress("timing both", 1, 1)
    }

    static func reduced(_ graph: Graph, _ plan: PrecisionPlan) throws(OsteonError) -> Graph {
        var reducer = try GraphReducer(graph, plan: plan, weights: WeightQuantizer(bits: plan.weightBits))
        return try reducer.reduce()
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
}
