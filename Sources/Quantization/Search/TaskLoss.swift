import Bytes
import Engine
import Glibc
import GraphIR
import Tensors
import Verification

/// How a probability map becomes a mask of structures.
package enum MaskRule: Sendable, Hashable {
    /// Each place belongs to the channel with the largest value; channel 0 is the background.
    case argmax(channelAxis: Int)
    /// Each channel is a structure of its own where it's above the threshold.
    case threshold(Double, channelAxis: Int)
}

/// What a reduced network may lose against the float one.
package struct Budget: Sendable, Hashable {
    /// The largest difference of any output, relative to the output's largest magnitude.
    package var maximumError: Double?
    /// The least signal to noise of an output, in decibels.
    package var minimumDecibels: Double?
    /// The largest mean loss of Dice over cases, for any structure.
    package var maximumMeanDrift: Double?
    /// The largest loss of Dice of any structure of any case.
    package var maximumCaseDrift: Double?

    package init() {}
    package var isEmpty: Bool { self == Budget() }
    package var needsMasks: Bool { maximumMeanDrift != nil || maximumCaseDrift != nil }
}

/// What a reduced network loses on some cases.
package struct TaskLoss: Sendable {
    /// One structure of one case.
    package struct Drift: Sendable {
        package var caseName: String
        package var structure: String
        /// The float network's Dice less the reduced one's: against labels where there are some, else against the float
        /// network's own mask.
        package var loss: Double

        package init(caseName: String, structure: String, loss: Double) {
            self.caseName = caseName
            self.structure = structure
            self.loss = loss
        }
    }

    package var maximumError = 0.0
    package internal(set) var decibels = Double.infinity
    package var drifts: [Drift] = []

    package init() {}

    /// The mean loss of each structure, by name, over the cases that have it.
    package var meanDrifts: [(structure: String, loss: Double)] {
        var order: [String] = []
        var sums: [String: (Double, Int)] = [:]
        for drift in drifts {
            if sums[drift.structure] == nil { order.append(drift.structure) }
            let (sum, count) = sums[drift.structure] ?? (0, 0)
            sums[drift.structure] = (sum + drift.loss, count + 1)
        }
        return order.map { ($0, sums[$0].map { $0.0 / Double($0.1) } ?? 0) }
    }

    package var worstDrift: Drift? { drifts.max { $0.loss < $1.loss } }

    /// What breaks the budget, in words; nil where all is inside.
    package func violation(of budget: Budget) -> String? {
        if let limit = budget.maximumError, !(maximumError <= limit) {
            return "the largest error is \(Self.text(maximumError)) of the largest output, \(Self.text(limit)) is allowed"
        }
        if let limit = budget.minimumDecibels, !(decibels >= limit) {
            return String(printf: "the signal is %.2f dB above the noise, %.2f dB are asked for", decibels, limit)
        }
        if let limit = budget.maximumMeanDrift, let worst = meanDrifts.max(by: { $0.loss < $1.loss }), !(worst.loss <= limit) {
            return "structure \(worst.structure) loses "
                + String(printf: "%.4f Dice on average, %.4f is allowed", worst.loss, limit)
        }
        if let limit = budget.maximumCaseDrift, let worst = worstDrift, !(worst.loss <= limit) {
            return "structure \(worst.structure) of case \(worst.caseName) loses "
                + String(printf: "%.4f Dice, %.4f is allowed", worst.loss, limit)
        }
        return nil
    }

    private static func text(_ value: Double) -> String { String(printf: "%.2e", value) }
}

/// Measures what reduced forms of a float network lose: the float outputs are computed once and kept.
package protocol TaskEvaluator {
    /// Runs the graph on every case.
    /// - Parameter casesAtMost: only the first so many; nil for all.
    func loss(of reduced: Graph, casesAtMost: Int?) throws(OsteonError) -> TaskLoss
    var caseCount: Int { get }
}

/// Holds a network's outputs to the float network's on the same tensors.
package final class OutputEvaluator: TaskEvaluator {
    private let samples: Samples
    private let expected: [[String: Tensor]]
    private let labels: [Tensor?]
    private let maskRule: MaskRule?
    private let maskOutput: String?
    private let engine: PlanOptions
    private let floatDice: [[Double]]
    package var caseCount: Int { samples.count }

    /// - Parameters:
    ///   - maskRule: how the output named `maskOutput` becomes structures; nil where no Dice is asked for.
    ///   - labels: for each sample, its structures: a label map, or one channel a structure; nil where it has none.
    package init(
        _ graph: Graph, samples: Samples, maskRule: MaskRule? = nil, maskOutput: String? = nil, labels: [Tensor?] = [], engine: PlanOptions
    ) throws(OsteonError) {
        self.samples = samples
        self.maskRule = maskRule
        self.maskOutput = maskOutput
        self.engine = engine
        var expected: [[String: Tensor]] = []
        try Self.run(graph, samples, samples.count, engine) { (index, outputs) throws(OsteonError) in
            for (name, output) in outputs.sorted(by: { $0.key < $1.key }) where output.elementType.isFloat && output.count > 0 {
                guard try output.doubles().contains(where: \.isFinite) else {
                    throw OsteonError(
                        .verificationFailed,
                        """
                        No value of the float network's output \(name) is a number for \(samples.names[index]), so nothing can be \
                        held to it.
                        """
                    )
                }
            }
            expected.append(outputs)
        }
        self.expected = expected
        self.labels = labels.isEmpty ? samples.names.map { _ in nil } : labels
        var floatDice: [[Double]] = []
        if let maskRule, let maskOutput {
            for (index, outputs) in expected.enumerated() {
                guard let output = outputs[maskOutput] else { throw OsteonError(.usage, "The network has no output \(maskOutput).") }
                let mask = try Structures(output, maskRule)
                floatDice.append(try mask.dice(with: Self.truth(self.labels[index], mask)))
            }
        }
        self.floatDice = floatDice
    }

    package func loss(of reduced: Graph, casesAtMost: Int? = nil) throws(OsteonError) -> TaskLoss {
        var result = TaskLoss()
        var signal: [String: Double] = [:]
        var noise: [String: Double] = [:]
        try Self.run(reduced, samples, min(casesAtMost ?? samples.count, samples.count), engine) { (index, outputs) throws(OsteonError) in
            for (name, reference) in expected[index].sorted(by: { $0.key < $1.key }) where reference.elementType.isFloat {
                guard let actual = outputs[name] else { throw OsteonError(.internalFault, "The reduced network lost its output \(name).") }
                let comparison = try TensorComparison(actual, reference: reference)
                result.maximumError = max(result.maximumError, comparison.maximumRelativeToMaximum)
                signal[name, default: 0] += comparison.signalEnergy
                noise[name, default: 0] += comparison.nonFiniteMismatchCount > 0 ? .infinity : comparison.noiseEnergy
            }
            if let maskRule, let maskOutput, let actual = outputs[maskOutput], let reference = expected[index][maskOutput] {
                // A NaN is above no threshold and largest of no channels; a mask of it is no mask.
                if try TensorComparison(actual, reference: reference).nonFiniteMismatchCount > 0 {
                    let names = try Structures(reference, maskRule).names
                    result.drifts += names.map { TaskLoss.Drift(caseName: samples.names[index], structure: $0, loss: .infinity) }
                    return
                }
                let mask = try Structures(actual, maskRule)
                let truth = try Self.truth(labels[index], Structures(reference, maskRule))
                for (place, dice) in try mask.dice(with: truth).enumerated() {
                    result.drifts.append(
                        TaskLoss.Drift(caseName: samples.names[index], structure: mask.names[place], loss: floatDice[index][place] - dice))
                }
            }
        }
        for (name, signal) in signal {
            let noise = noise[name] ?? 0
            // Sums that overflow leave no ratio.
            let ratio = signal / noise
            result.decibels = min(result.decibels, ratio.isNaN && noise != 0 ? -.infinity : noise > 0 ? 10 * log10(ratio) : .infinity)
        }
        return result
    }

    /// What masks are held against: the case's labels, else the float network's own mask.
    private static func truth(_ label: Tensor?, _ mask: Structures) throws(OsteonError) -> Structures {
        guard let label else { return mask }
        return try Structures(label: label, like: mask)
    }

    private static func run(
        _ graph: Graph, _ samples: Samples, _ count: Int, _ engine: PlanOptions, _ body: (Int, [String: Tensor]) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        var session: (shapes: [String: [Int]], session: Session)?
        for index in 0..<count {
            let inputs = try samples.load(index)
            let shapes = inputs.mapValues(\.shape)
            if session?.shapes != shapes {
                session = nil
                session = (
                    shapes,
                    try Session(Plan.make(graph: graph, bindings: graph.bindings(for: shapes), inputShapes: shapes, options: engine))
                )
            }
            guard let session = session?.session else { continue }
            try body(index, session.run(inputs))
        }
    }
}
