import Bytes
import GraphIR
import Tensors

/// Finds the legal extents of a graph's free dimensions by trying them.
///
/// A binding is legal when every operator's types fit, no extent vanishes, and nothing is broadcast that isn't at large
/// sizes: an extent of 1 would otherwise slip through a skip connection that fits no other size.
package struct LegalSizeSearch {
    private struct Broadcast: Hashable {
        var node: NodeID
        var axis: Int
    }

    private let graph: Graph
    private let limit: Int
    let batches: Set<String>
    /// What's broadcast on purpose; nil where no large size is legal that could show it.
    private var intended: Set<Broadcast>?

    /// - Parameter limit: the largest extent tried.
    package init(_ graph: Graph, limit: Int = 128) throws(OsteonError) {
        var settled = graph
        try settled.specialize()  // fold what doesn't depend on sizes, once
        self.graph = settled
        self.limit = limit
        var batches: Set<String> = []
        for input in graph.inputs {
            let shape = graph.type(input).shape ?? []
            if shape.count >= 2, case .free(let name)? = shape.first { batches.insert(name) }
        }
        self.batches = batches
        intended = broadcastsAtLargeSizes()
    }

    /// Whether the graph can be run with these extents.
    package func isLegal(_ bindings: [String: Int]) -> Bool {
        guard let bound = bind(bindings) else { return false }
        return intended.map { broadcasts(bound).isSubset(of: $0) } ?? true
    }

    /// A legal binding with extents as small as can be found, all equal, the batch being 1.
    /// - Parameter minimum: smaller extents are passed over (not for the batch).
    package func smallestBinding(atLeast minimum: Int = 1) -> [String: Int]? {
        for extent in max(1, minimum)...max(limit, minimum) {
            let trial = uniform(extent)
            if isLegal(trial) { return trial }
        }
        return nil
    }

    /// The legal extents of every free dimension, the others held at a legal value.
    package func search() -> [LegalSizes] {
        guard let base = smallestBinding() else { return [] }
        return graph.freeDimensions.map { name in
            let legal = (1...limit).filter { extent in
                var trial = base
                trial[name] = extent
                return isLegal(trial)
            }
            return LegalSizes(dimension: name, legal: legal, limit: limit)
        }
    }

    private func uniform(_ extent: Int) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: graph.freeDimensions.map { ($0, batches.contains($0) ? 1 : extent) })
    }

    private func bind(_ bindings: [String: Int]) -> Graph? {
        var trial = graph
        guard (try? trial.specialize(bindings)) != nil else { return nil }
        for id in trial.nodeIDs {
            for value in trial[id].outputs {
                for case .fixed(let extent) in trial.type(value).shape ?? [] where extent < 1 { return nil }
            }
        }
        return trial
    }

    private func broadcastsAtLargeSizes() -> Set<Broadcast>? {
        for extent in stride(from: limit, to: limit / 2, by: -1) {
            if let bound = bind(uniform(extent)) { return broadcasts(bound) }
        }
        return nil
    }

    /// The axes, counted from the last, along which a computed operand of an elementwise node is 1 and another isn't.
    private func broadcasts(_ bound: Graph) -> Set<Broadcast> {
        var result: Set<Broadcast> = []
        for id in bound.nodeIDs where bound[id].op.traits.contains(.elementwise) {
            var shapes: [[Int]] = []
            for case .some(let input) in bound[id].inputs where bound.constant(input) == nil {
                shapes.append(Array((bound.type(input).fixedShape ?? []).reversed()))
            }
            guard shapes.count > 1 else { continue }
            for axis in 0..<(shapes.map(\.count).max() ?? 0) {
                let extents = shapes.filter { axis < $0.count }.map { $0[axis] }
                if extents.contains(1), extents.contains(where: { $0 != 1 }) { result.insert(Broadcast(node: id, axis: axis)) }
            }
        }
        return result
    }
}
