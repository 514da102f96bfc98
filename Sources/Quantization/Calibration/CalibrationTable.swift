import Bytes
import Engine
import GraphIR
import Tensors

/// What calibration saw of a network's values, by name.
package struct CalibrationTable: Sendable {
    package private(set) var values: [String: ValueStatistics] = [:]
    package private(set) var sampleCount = 0

    package init() {}

    package subscript(name: String) -> ValueStatistics? { values[name] }

    fileprivate mutating func add(_ name: String, _ tensor: Tensor, wantsHistogram: Bool, threads: Int) {
        values[name, default: ValueStatistics()].add(tensor, wantsHistogram: wantsHistogram, threads: threads)
    }

    fileprivate mutating func endSample() { sampleCount += 1 }
}

/// Runs a float network on samples and watches its values: one sample's values at a time, of which only counts are kept.
package struct Calibrator {
    package private(set) var table = CalibrationTable()
    private let graph: Graph
    private let watched: [String: Bool]
    private let options: PlanOptions
    private var session: (shapes: [String: [Int]], session: Session)?

    /// - Parameters:
    ///   - histograms: values whose histograms are wanted.
    ///   - ranges: values of which the extremes are enough.
    package init(_ graph: Graph, histograms: Set<String>, ranges: Set<String> = [], options: PlanOptions = PlanOptions()) {
        self.graph = graph
        self.options = options
        watched = Dictionary(uniqueKeysWithValues: ranges.union(histograms).map { ($0, histograms.contains($0)) })
    }

    /// Runs one sample.
    /// - Returns: the network's outputs.
    /// - Throws: `.unsupported` where the sample or an output has a NaN or an infinity: no scale could be trusted.
    @discardableResult
    package mutating func add(_ inputs: [String: Tensor]) throws(OsteonError) -> [String: Tensor] {
        let shapes = inputs.mapValues(\.shape)
        if session == nil || session?.shapes != shapes {
            session = nil
            var options = options
            // No kernel may take in a value that's watched.
            options.observed.formUnion(self.watched.keys.map { UTF8Name($0) })
            options.holdsObserved = false
            let plan = try Plan.make(graph: graph, bindings: graph.bindings(for: shapes), inputShapes: shapes, options: options)
            session = (shapes, try Session(plan))
        }
        guard let session = session?.session else { throw OsteonError(.internalFault, "There's no session.") }
        var table = table
        let threads = session.plan.threads
        let watched = watched
        for (name, tensor) in inputs.sorted(by: { $0.key < $1.key }) {
            if let wantsHistogram = watched[name], tensor.elementType == .f32 {
                table.add(name, tensor, wantsHistogram: wantsHistogram, threads: threads)
                try Self.checkFinite(table, name)
            }
        }
        let outputs = try session.run(
            inputs,
            onTensor: { (name, tensor) throws(OsteonError) in
                guard let wantsHistogram = watched[name], tensor.elementType == .f32 else { return }
                table.add(name, tensor, wantsHistogram: wantsHistogram, threads: threads)
                try Self.checkFinite(table, name)
            })
        table.endSample()
        self.table = table
        return outputs
    }

    private static func checkFinite(_ table: CalibrationTable, _ name: String) throws(OsteonError) {
        guard let statistics = table[name], statistics.notFiniteCount > 0 else { return }
        throw OsteonError(
            .unsupported,
            """
            Value \(name) has \(statistics.notFiniteCount) NaNs or infinities on calibration sample \(table.sampleCount + 1); check \
            the sample and the model.
            """
        )
    }
}
