import Bytes
import Glibc
import GraphIR

/// Holds what a network loses in 16 bits inside a bound: layers are raised from halves to halves as weights alone (their values
/// in `f32`, which costs no byte), then to `f32`, those with the most noise of their own first and no more than it takes.
///
/// A deep network adds up what its values are rounded by, and a softmax over large logits shows every bit of it. Where nothing
/// that's worth its bytes gets inside, the network stays as it was asked for and the loss is told.
struct HalfSearch {
    /// The bounds where none is asked for, relative to an output's largest magnitude.
    static let bounds: [LayerPrecision: Double] = [.f16: 2e-3, .f16Weights: 2e-3, .bf16: 2e-2, .bf16Weights: 2e-2]
    /// The loss of Dice that's small enough where masks are compared, whatever single voxels lose.
    static let diceBound = 1e-3
    /// The share of a bound that cases seen may use: others may lose more.
    static let share = 0.75
    /// Without a budget of the user's, weights of a network of so many parameters may go to `f32` for no more than a
    /// two-hundredth of the float bytes; a smaller one's file is small as it is.
    static let largeNetwork = 100_000

    let evaluator: any TaskEvaluator
    /// What the user allows; empty for the usual bounds.
    let budget: Budget
    let precision: LayerPrecision
    let reduce: (PrecisionPlan) throws(OsteonError) -> Graph
    let bytes: (_ layer: String, LayerPrecision) -> Int

    /// What a search found; `graph` and `loss` belong to `plan`.
    struct Outcome {
        var plan: PrecisionPlan
        var graph: Graph
        var loss: TaskLoss
        var raisedCount: Int
        var isInside: Bool
    }

    /// - Parameters:
    ///   - base: the plan with every layer in 16 bits that bears it.
    ///   - ownErrors: by layer, in decibels.
    func run(_ base: PrecisionPlan, ownErrors: () throws(OsteonError) -> [String: Double], progress: (Int) -> Void) throws(OsteonError)
        -> Outcome
    {
        var done = 0
        func evaluated(_ plan: PrecisionPlan, _ count: Int) throws(OsteonError) -> Outcome {
            let graph = try reduce(plan)
            let loss = try evaluator.loss(of: graph, casesAtMost: nil)
            done += 1
            progress(done)
            return Outcome(plan: plan, graph: graph, loss: loss, raisedCount: count, isInside: isInside(loss))
        }
        let plain = try evaluated(base, 0)
        guard !plain.isInside else { return plain }
        let steps = steps(base, try ownErrors())
        var high = try evaluated(raised(base, steps[...]), steps.count)
        guard high.isInside else { return plain.loss.maximumError.isFinite ? plain : high }
        var low = 0
        while high.raisedCount - low > 1 {
            let middle = (low + high.raisedCount) / 2
            let trial = try evaluated(raised(base, steps[..<middle]), middle)
            if trial.isInside { high = trial } else { low = middle }
        }
        return high
    }

    private func isInside(_ loss: TaskLoss) -> Bool {
        if !budget.isEmpty { return loss.violation(of: budget) == nil }
        if let worst = loss.worstDrift { return worst.loss <= Self.share * Self.diceBound }
        return loss.maximumError <= Self.share * (Self.bounds[precision] ?? 0)
    }

    private enum Step {
        case layer(Int, LayerPrecision)
        case normalizations
    }

    /// What can be raised, in order.
    private func steps(_ base: PrecisionPlan, _ errors: [String: Double]) -> [Step] {
        let movable = base.layers.indices.filter { Self.bounds[base.layers[$0].precision] != nil && base.layers[$0].floatBytes > 0 }
        func noise(_ index: Int) -> Double { errors[base.layers[index].name].map { pow(10, -$0 / 10) } ?? 0 }
        var result: [Step] = []
        for index in movable.sorted(by: { (noise($1), $0) < (noise($0), $1) }) {
            switch base.layers[index].precision {
            case .f16: result.append(.layer(index, .f16Weights))
            case .bf16: result.append(.layer(index, .bf16Weights))
            default: break
            }
        }
        // A scale and a shift a channel are little, but everything behind them takes their rounding over.
        if base.halvesNormalizations, !isLarge(base) { result.append(.normalizations) }
        let all = base.layers.reduce(0) { $0 + $1.floatBytes }
        var left = isLarge(base) ? all / 200 : .max
        func worth(_ index: Int) -> Double { noise(index) / Double(base.layers[index].floatBytes) }
        for index in movable.sorted(by: { (worth($1), $0) < (worth($0), $1) }) {
            let cost = base.layers[index].floatBytes - base.layers[index].bytes
            guard cost <= left else { continue }
            left -= cost
            result.append(.layer(index, .f32))
        }
        return result
    }

    private func isLarge(_ base: PrecisionPlan) -> Bool {
        budget.isEmpty && base.layers.reduce(0) { $0 + $1.floatBytes } >= 4 * Self.largeNetwork
    }

    private func raised(_ base: PrecisionPlan, _ steps: ArraySlice<Step>) -> PrecisionPlan {
        var result = base
        for step in steps {
            switch step {
            case .layer(let index, let precision):
                result.layers[index].precision = precision
                result.layers[index].bytes = bytes(result.layers[index].name, precision)
                result.layers[index].reason = precision == .f32 ? "kept to hold the outputs" : "its weights alone, to hold the outputs"
            case .normalizations: result.halvesNormalizations = false
            }
        }
        return result
    }
}
