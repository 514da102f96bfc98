import Bytes
import Engine
import Glibc
import GraphIR
import Tensors

/// Finds a cheap assignment of precisions to layers whose loss stays inside a budget, in a number of evaluations known
/// beforehand.
///
/// Where all layers together keep the budget, that's it. Else every layer is reduced alone, which tells what it costs at the output.
/// Layers are then raised, those first that cost most for the work and bytes they save, and the fewest that keep the budget are found by
/// bisection; at last the layers raised are put back one by one, cheapest first, where that fits the budget.
package struct BudgetSearch {
    /// Layers put back at most.
    static let refinements = 8

    let budget: Budget
    let evaluator: any TaskEvaluator
    /// What a layer is raised to before `f32`.
    let raised: LayerPrecision
    /// Cases a layer alone is tried on.
    let casesAlone: Int
    /// The share of multiply-accumulates that must stay in `int8`.
    let leastShare: Double
    /// Writes a plan's graph.
    private let reduce: (PrecisionPlan) throws(OsteonError) -> Graph
    /// The precision a layer gets where one is wanted that it may not bear, and the bytes its weights then take.
    private let settle: (_ layer: String, LayerPrecision) -> (LayerPrecision, bytes: Int)

    init(
        budget: Budget, evaluator: any TaskEvaluator, raised: LayerPrecision, casesAlone: Int = 1, leastShare: Double = 0,
        reduce: @escaping (PrecisionPlan) throws(OsteonError) -> Graph,
        settle: @escaping (_ layer: String, LayerPrecision) -> (LayerPrecision, bytes: Int)
    ) {
        self.budget = budget
        self.evaluator = evaluator
        self.raised = raised
        self.casesAlone = casesAlone
        self.leastShare = leastShare
        self.reduce = reduce
        self.settle = settle
    }

    /// What a search found.
    struct Outcome {
        var plan: PrecisionPlan
        var graph: Graph
        var loss: TaskLoss
        /// What still breaks the budget, where nothing keeps it.
        var violation: String?
        /// The layers in the order they're raised.
        var order: [String]
        var evaluations: Int
    }

    /// The evaluations a search of so many layers takes at the most; an evaluation of a layer alone runs `casesAlone` cases.
    package static func evaluations(layers: Int) -> Int {
        layers + Int(log2(Double(2 * layers + 1)).rounded(.up)) + refinements + 1
    }

    /// A plan's graph, and what it loses.
    private struct Trial {
        var plan: PrecisionPlan
        var graph: Graph
        var loss: TaskLoss
    }

    private typealias Evaluation = (_ plan: PrecisionPlan, _ casesAtMost: Int?) throws(OsteonError) -> Trial

    /// - Parameters:
    ///   - base: the plan with every layer as low as it bears.
    ///   - progress: gets the number of evaluations done.
    func run(_ base: PrecisionPlan, progress: (Int) -> Void) throws(OsteonError) -> Outcome {
        var done = 0
        func evaluate(_ plan: PrecisionPlan, _ cases: Int?) throws(OsteonError) -> Trial {
            let graph = try reduce(plan)
            let loss = try evaluator.loss(of: graph, casesAtMost: cases)
            done += 1
            progress(done)
            return Trial(plan: plan, graph: graph, loss: loss)
        }
        func outcome(_ trial: Trial, _ order: [String]) -> Outcome {
            Outcome(
                plan: trial.plan, graph: trial.graph, loss: trial.loss, violation: trial.loss.violation(of: budget), order: order,
                evaluations: done)
        }
        let all = try evaluate(base, nil)
        if all.loss.violation(of: budget) == nil { return outcome(all, base.layers.map(\.name)) }
        var plan = base
        let order = try rank(&plan, evaluate)
        let names = order.map { plan.layers[$0].name }
        let (trial, count) = try raiseFewest(order, of: plan, evaluate)
        if trial.loss.violation(of: budget) != nil { return outcome(trial, names) }
        let found = try putBack(order.prefix(count), of: plan, in: trial, evaluate)
        var result = outcome(found, names)
        let share = found.plan.workShare(of: [.int8])
        if share < leastShare {
            result.violation = String(
                printf: "the budget leaves %.1f %% of the multiply-accumulates in int8, %.1f %% are asked for", 100 * share,
                100 * leastShare)
        }
        return result
    }

    /// The layers in `int8`, those first that cost most at the outputs for the work and bytes they save.
    /// - Parameter plan: gets what each costs alone.
    private func rank(_ plan: inout PrecisionPlan, _ evaluate: Evaluation) throws(OsteonError) -> [Int] {
        let movable = plan.layers.indices.filter { plan.layers[$0].precision == .int8 }
        let allWork = max(plan.layers.reduce(0.0) { $0 + Double($1.multiplyAccumulates) }, 1)
        let allBytes = max(plan.layers.reduce(0.0) { $0 + Double($1.floatBytes) }, 1)
        var price: [Int: Double] = [:]
        for index in movable {
            var alone = plan
            for other in movable where other != index { alone.layers[other].precision = .f32 }
            let decibels = try evaluate(alone, casesAlone).loss.decibels
            let layer = plan.layers[index]
            plan.layers[index].outputErrorAlone = decibels
            let noise = decibels.isFinite ? pow(10, -decibels / 10) : (decibels > 0 ? 0 : .greatestFiniteMagnitude)
            price[index] = noise / (Double(layer.multiplyAccumulates) / allWork + Double(layer.floatBytes) / allBytes + 1e-6)
        }
        return movable.sorted { (price[$1] ?? 0, $0) < (price[$0] ?? 0, $1) }
    }

    /// The plan with the fewest layers raised that keeps the budget, by bisection, and how far it goes; the plan with all in `f32` where
    /// none keeps it.
    private func raiseFewest(
        _ order: [Int], of plan: PrecisionPlan, _ evaluate: Evaluation
    ) throws(OsteonError) -> (trial: Trial, count: Int) {
        var best: (trial: Trial, count: Int)?
        // `high` always keeps the budget, `low` never does.
        var low = 0
        var high = 2 * order.count
        while high - low > 1 {
            let middle = (low + high) / 2
            let trial = try evaluate(raising(order, of: plan, middle), nil)
            if trial.loss.violation(of: budget) != nil {
                low = middle
            } else {
                high = middle
                best = (trial, middle)
            }
        }
        if let best { return best }
        return (try evaluate(raising(order, of: plan, high), nil), high)
    }

    /// The plan with the first `count` layers raised once, and those beyond all of them a second time, to `f32`.
    private func raising(_ order: [Int], of plan: PrecisionPlan, _ count: Int) -> PrecisionPlan {
        var result = plan
        for (place, index) in order.enumerated() {
            let wanted: LayerPrecision = place < count - order.count ? .f32 : place < count ? raised : .int8
            guard wanted != .int8 else { continue }
            (result.layers[index].precision, result.layers[index].bytes) = settle(result.layers[index].name, wanted)
            result.layers[index].reason = reason(plan.layers[index])
        }
        return result
    }

    /// Puts raised layers back that fit the budget after all, those that cost least first.
    private func putBack(
        _ raised: ArraySlice<Int>, of plan: PrecisionPlan, in trial: Trial, _ evaluate: Evaluation
    ) throws(OsteonError) -> Trial {
        var found = trial
        for index in raised.reversed().prefix(Self.refinements) {
            var candidate = found.plan
            candidate.layers[index] = plan.layers[index]
            candidate.layers[index].reason = "fits the budget"
            let trial = try evaluate(candidate, nil)
            if trial.loss.violation(of: budget) == nil { found = trial }
        }
        return found
    }

    private func reason(_ layer: PrecisionPlan.Layer) -> String {
        guard let alone = layer.outputErrorAlone, alone.isFinite else { return "raised to keep the budget" }
        return String(printf: "raised to keep the budget: alone in int8 it leaves %.1f dB at the output", alone)
    }
}
