import Bytes
import CKernels
import Engine
import Glibc
import GraphIR
import Operators
import Tensors
import Verification

/// Measures what reducing each layer does to its own output, the float network's values going in: how large the error is,
/// and its mean by channel, which a bias can take back (Finkelstein, Almog and Grobman, "Fighting quantization bias with
/// bias", 2019).
struct LayerErrors {
    /// Signal to noise of each layer's output in decibels, by layer.
    private(set) var decibels: [String: Double] = [:]
    private var signal: [String: Double] = [:]
    private var noise: [String: Double] = [:]
    /// `Σ (float − reduced)` by channel, and over how many elements the activation lets a change of the bias through.
    private var sums: [String: [Double]] = [:]
    private var passing: [String: [Double]] = [:]

    /// Walks `reduced` beside `graph` on every sample.
    /// - Parameter mode: `reinjecting` for each layer's own error, `cumulative` for what has gathered.
    init(
        _ graph: Graph, _ reduced: Graph, layers: [QuantizableLayer], samples: Samples, mode: NodeWalk.Mode, engine: PlanOptions,
        progress: (_ samplesDone: Int) -> Void
    ) throws(OsteonError) {
        var byValue: [String: QuantizableLayer] = [:]
        for layer in layers { byValue[graph[layer.result].name] = layer }
        var walk: (shapes: [String: [Int]], walk: NodeWalk)?
        for index in 0..<samples.count {
            let sample = try samples.load(index)
            let shapes = sample.mapValues(\.shape)
            if walk?.shapes != shapes {
                walk = (
                    shapes,
                    try NodeWalk(
                        reference: graph, candidate: reduced, shapes: shapes, mode: mode, engine: engine, keepsSegments: samples.count > 1)
                )
            }
            try walk?.walk.run(sample) { (visit) throws(OsteonError) in
                guard let layer = byValue[visit.segment.value] else { return }
                try add(layer, layer.activation?.function ?? .none, visit.reference, visit.candidate, Threads.resolve(engine.threads))
            }
            progress(index + 1)
        }
        for (name, signal) in signal {
            let noise = noise[name] ?? 0
            // Sums that aren't numbers are of values that aren't: the worst there is.
            decibels[name] = !noise.isFinite || !signal.isFinite ? Self.worst : noise > 0 ? 10 * (signal / noise).log10 : .infinity
        }
    }

    private mutating func add(
        _ layer: QuantizableLayer, _ activation: FusedActivation, _ reference: Tensor, _ candidate: Tensor, _ threads: Int
    ) throws(OsteonError) {
        let a = try reference.converted(to: .f32)
        let b = try candidate.converted(to: .f32)
        let channels = layer.channelsLast ? a.shape.last ?? 1 : (a.rank > 1 ? a.shape[1] : 1)
        let outer = layer.channelsLast ? a.count / max(channels, 1) : a.shape[0]
        let inner = layer.channelsLast ? 1 : a.shape.dropFirst(2).reduce(1, &*)
        var differences = [Double](repeating: 0, count: channels)
        var squares = differences
        var plain = differences
        var energy = differences
        var positive = differences
        let count = Int32(clamping: threads)
        withExtendedLifetime((a, b)) {
            let (x, y) = unsafe (a.unsafeElements(Float.self).baseAddress, b.unsafeElements(Float.self).baseAddress)
            unsafe osteon_channel_differences(x, y, outer, channels, inner, &differences, &squares, count)
            unsafe osteon_channel_moments(x, outer, channels, inner, &plain, &energy, count)
            if activation.kind != .none { unsafe osteon_channel_positives(x, outer, channels, inner, &positive, count) }
        }
        signal[layer.name, default: 0] += energy.reduce(0, +)
        noise[layer.name, default: 0] += squares.reduce(0, +)
        let all = Double(outer * inner)
        let open = positive.map { activation.slope(positiveShare: $0 / max(all, 1)).map { $0 * all } ?? 0 }
        sums[layer.name] = Self.sum(sums[layer.name], differences)
        passing[layer.name] = Self.sum(passing[layer.name], open)
        counts[layer.name, default: 0] += all
    }

    /// What stands for noise without bound, in decibels.
    private static let worst = -999.0
    private var counts: [String: Double] = [:]

    private static func sum(_ a: [Double]?, _ b: [Double]) -> [Double] {
        guard let a, a.count == b.count else { return b }
        return zip(a, b).map { $0 + $1 }
    }

    /// What to add to a layer's bias by channel so that the mean of its output is the float layer's; empty where the
    /// activation lets too little through to tell.
    func correction(_ layer: QuantizableLayer) -> [Float] {
        guard let sums = sums[layer.name], let passing = passing[layer.name], let all = counts[layer.name] else { return [] }
        let result = zip(sums, passing).map { (sum, open) -> Float in
            guard open > 0.02 * all else { return 0 }
            let value = Float(sum / open)
            return value.isFinite ? value : 0
        }
        return result.contains { $0 != 0 } ? result : []
    }
}

extension FusedActivation {
    /// How much of a small change before the activation comes through, on average, where this share of results is above 0;
    /// nil where that can't be told from it.
    fileprivate func slope(positiveShare: Double) -> Double? {
        switch kind {
        case .none: 1
        case .relu: positiveShare
        case .leakyRelu: positiveShare + alpha * (1 - positiveShare)
        default: nil
        }
    }
}

extension Double {
    fileprivate var log10: Double { Glibc.log10(self) }
}
