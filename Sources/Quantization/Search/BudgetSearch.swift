import Bytes
import Engine
import Glibc
import GraphIR
import Tensors

/// Finds a cheap assignment of precisions to layers whose loss stays inside a budget, in a number of evaluations known
/// beforehand.
///
/// Where all layers together keep the budget, that's it. Else every layer is reduced alone, which tells what it costs at the output. Layers are then raised, those first that
/// cost most for the work and bytes they save, and the fewest that keep the budget are found by bisection; at last the layers
/// raised are put back one by one, cheapest first, where that fits the budget.
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

    /// - Parameters:
    ///   - base: the plan with every layer as low as it bears.
    ///   - progress: gets the number of evaluations done.
    func run(_ base: PrecisionPlan, progress: (Int) -> Void) throws(OsteonError) -> Outcome {
        var done = 0
        func evaluate(_ plan: PrecisionPlan, _ cases: Int?) throws(OsteonError) -> (graph: Graph, loss: TaskLoss) {
            let graph = try reduce(plan)
            let loss = try evaluator.loss(of: graph, casesAtMost: cases)
            done += 1
            progress(done)
            return (graph, loss)
        }
        var plan = base
        let all = try evaluate(plan, nil)
        if all.loss.violation(of: budget) == nil {
            return Outcome(plan: plan, graph: all.graph, loss: all.loss, order: plan.layers.map(\.name), evaluations: done)
        }
        let movable = plan.layers.indices.filter { plan.layers[$0].precision == .int8 }
        // Each alone.
        var noise: [Int: Double] = [:]
        for index in movable {
            var alone = plan
            for other in movable where other != index { alone.layers[other].precision = .f32 }
            let loss = try evaluate(alone, casesAlone).loss
            plan.layers[index].outputErrorAlone = loss.decibels
            noise[index] = loss.decibels.isFinite ? pow(10, -loss.decibels / 10) : (loss.decibels > 0 ? 0 : .greatestFiniteMagnitude)
        }
        let allWork = max(plan.layers.reduce(0.0) { $0 + Double($1.multiplyAccumulates) }, 1)
        let allBytes = max(plan.layers.reduce(0.0) { $0 + Double($1.floatBytes) }, 1)
        func worth(_ index: Int) -> Double {
            Double(plan.layers[index].multiplyAccumulates) / allWork + Double(plan.layers[index].floatBytes) / allBytes + 1e-6
        }
        let order = movable.sorted { ((noise[$1] ?? 0) / worth($1), $0) < ((noise[$0] ?? 0) / worth($0), $1) }
        func raising(_ count: Int) -> PrecisionPlan {
            var result = plan
            for (place, index) in order.enumerated() {
                let wanted: LayerPrecision = place < count - order.count ? .f32 : place < count ? raised : .int8
                guard wanted != .int8 else { continue }
                (result.layers[index].precision, result.layers[index].bytes) = settle(result.layers[index].name, wanted)
                result.layers[index].reason = reason(plan.layers[index])
            }
            return result
        }
        // The fewest to raise, by bisection: `high` always keeps the budget, `low` never does.
        var best: (count: Int, graph: Graph, loss: TaskLoss)?
        var low = 0
        var high = 2 * order.count
        while high - low > 1 {
            let middle = (low + high) / 2
            let trial = try evaluate(raising(middle), nil)
            if trial.loss.violation(of: budget) != nil {
                low = middle
            } else {
                high = middle
                best = (middle, trial.graph, trial.loss)
            }
        }
        if best == nil {
            let trial = try evaluate(raising(high), nil)
            if let broken = trial.loss.violation(of: budget) {
                return Outcome(
                    plan: raising(high), graph: trial.graph, loss: trial.loss, violation: broken, order: order.map { plan.layers[$0].name },
                    evaluations: done)
            }
            best = (high, trial.graph, trial.loss)
        }
        guard let best else { throw OsteonError(.internalFault, "The search ended without a plan.") }
        var found = raising(best.count)
        var result = (best.graph, best.loss)
        // Raised layers that the budget bears after all, those that cost least first.
        for index in order.prefix(best.count).reversed().prefix(Self.refinements) {
            var trial = found
            trial.layers[index] = plan.layers[index]
            trial.layers[index].reason = "fits the budget"
            let (graph, loss) = try evaluate(trial, nil)
            if loss.violation(of: budget) == nil {
                found = trial
                result = (graph, loss)
            }
        }
        var outcome = Outcome(plan: found, graph: result.0, loss: result.1, order: order.map { plan.layers[$0].name }, evaluations: done)
        if found.workShare(of: [.int8]) < leastShare {
            outcome.violation = String(
                printf: "the budget leaves %.1f %% of the multiply-accumulates in int8, %.1f %% are asked for",
                100 * found.workShare(of: [.int8]), 100 * leastShare)
        }
        return outcome
    }

    private func reason(_ layer: PrecisionPlan.Layer) -> String {
        guard let alone = layer.outputErrorAlone, alone.isFinite else { return "raised to keep the budget" }
        return String(printf: "raised to keep the budget: alone in int8 it leaves %.1f dB at the output", alone)
    }
}
