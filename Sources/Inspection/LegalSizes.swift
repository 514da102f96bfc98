import Bytes
import GraphIR
import Tensors

/// Which extents of a free dimension a network takes, found by trying: a size is legal when every operator's types
/// fit at that size.
public struct LegalSizes: Sendable, Equatable {
    /// The free dimension.
    public var dimension: String
    /// The smallest legal extent.
    public var smallest: Int
    /// Legal extents are `smallest`, `smallest + step`, …; nil where they follow no such rule.
    public var step: Int?
    /// The legal extents among those tried (1 up to the limit).
    public var tried: [Int]

    public var description: String {
        switch step {
        case 1?: "any from \(smallest)"
        case let step? where smallest % step == 0: "multiples of \(step)" + (smallest == step ? "" : " from \(smallest)")
        case let step?: "\(smallest) and steps of \(step)"
        case nil: tried.prefix(12).map(String.init).joined(separator: ", ") + (tried.count > 12 ? ", …" : "")
        }
    }
}

/// Searches legal extents of the free dimensions of a graph.
public struct LegalSizeSearch {
    private let graph: Graph
    private let limit: Int

    /// - Parameter limit: the largest extent tried.
    public init(_ graph: Graph, limit: Int = 128) throws(OsteonError) {
        var settled = graph
        try settled.specialize()  // fold what doesn't depend on sizes, once
        self.graph = settled
        self.limit = limit
    }

    /// Whether the whole graph can be typed with these extents and nothing has an extent below 1.
    public func isLegal(_ bindings: [String: Int]) -> Bool {
        var trial = graph
        guard (try? trial.specialize(bindings)) != nil else { return false }
        return trial.nodeIDs.allSatisfy { id in
            trial[id].outputs.allSatisfy { value in
                (trial.type(value).shape ?? []).allSatisfy { ($0.fixed ?? 1) > 0 }
            }
        }
    }

    /// A legal binding with extents as small as can be found, `batch` being 1: all other dimensions equal.
    /// - Parameter minimum: extents below it are passed over, except for the first dimension of an input.
    public func smallestBinding(atLeast minimum: Int = 1) -> [String: Int]? {
        let names = graph.freeDimensions
        let batches = batchNames
        for extent in max(1, minimum) ... max(limit, minimum) {
            let trial = Dictionary(uniqueKeysWithValues: names.map { ($0, batches.contains($0) ? 1 : extent) })
            if isLegal(trial) { return trial }
        }
        return nil
    }

    /// The names that stand first in an input's shape of rank 2 or more.
    private var batchNames: Set<String> {
        var result: Set<String> = []
        for input in graph.inputs {
            let shape = graph.type(input).shape ?? []
            if shape.count >= 2, case .free(let name)? = shape.first { result.insert(name) }
        }
        return result
    }

    /// The legal extents of every free dimension, the others held at a legal value.
    public func search() -> [LegalSizes] {
        guard let base = smallestBinding() else { return [] }
        return graph.freeDimensions.map { name in
            let tried = (1 ... limit).filter { extent in
                var trial = base
                trial[name] = extent
                return isLegal(trial)
            }
            return LegalSizes(dimension: name, smallest: tried.first ?? 0, step: Self.step(of: tried, limit: limit), tried: tried)
        }
    }

    /// The common difference where the extents run on to the limit with one.
    private static func step(of extents: [Int], limit: Int) -> Int? {
        guard extents.count >= 2 else { return nil }
        let step = extents[1] - extents[0]
        for (a, b) in zip(extents, extents.dropFirst()) where b - a != step { return nil }
        return extents[extents.count - 1] + step > limit ? step : nil
    }
}
