import Bytes
import GraphIR
import Inspection
import Operators
import Tensors

/// Chooses input shapes at which two forms of one network are compared, so that a conversion takes seconds where the
/// network's own size takes minutes: convolutions do the same at 32 voxels an axis as at 128.
package struct EconomicalShapes {
    /// Multiply-accumulates that a check may cost at any shape.
    package static let budget = 6_000_000_000

    /// Shapes for every input at which `first` and `second` may be compared, or nil where `shapes` cost little enough or
    /// nothing smaller is legal for both.
    package static func smaller(than shapes: [String: [Int]], _ first: Graph, _ second: Graph) -> [String: [Int]]? {
        guard let full = cost(of: first, at: shapes), full > budget else { return nil }
        var best: (shapes: [String: [Int]], cost: Int)?
        for axes in [Axes.channelsFirst, .channelsLast] {
            guard let loosened = loosened(first, shapes, axes), let search = try? LegalSizeSearch(loosened) else { continue }
            for extent in [32, 16, 8, 1] {
                guard let binding = search.smallestBinding(atLeast: extent), let trial = bound(loosened, binding) else { continue }
                guard let cost = cost(of: first, at: trial), cost < best?.cost ?? full, self.cost(of: second, at: trial) != nil else {
                    continue
                }
                best = (trial, cost)
                if cost <= budget { return trial }
            }
        }
        return best?.shapes
    }

    private enum Axes {
        case channelsFirst, channelsLast

        /// Whether an axis of an input of this rank counts places rather than channels or samples.
        func isSpatial(_ axis: Int, rank: Int) -> Bool {
            guard rank >= 3 else { return false }
            return switch self {
            case .channelsFirst: axis >= 2
            case .channelsLast: axis >= 1 && axis < rank - 1
            }
        }
    }

    /// The graph with the spatial extents of its inputs free.
    private static func loosened(_ graph: Graph, _ shapes: [String: [Int]], _ axes: Axes) -> Graph? {
        var result = graph
        var hasFree = false
        for input in graph.inputs {
            guard let shape = shapes[graph[input].name] else { return nil }
            var dimensions = graph.type(input).shape ?? shape.map(Dimension.fixed)
            for axis in shape.indices where axis < dimensions.count && axes.isSpatial(axis, rank: shape.count) {
                if case .fixed = dimensions[axis] { dimensions[axis] = .free("extent \(input.index) \(axis)") }
                hasFree = true
            }
            // What stays is as it was asked for.
            for axis in shape.indices where axis < dimensions.count && !axes.isSpatial(axis, rank: shape.count) {
                dimensions[axis] = .fixed(shape[axis])
            }
            result.setType(input, TensorType(graph.type(input).elementType, dimensions))
        }
        return hasFree ? result : nil
    }

    private static func bound(_ graph: Graph, _ binding: [String: Int]) -> [String: [Int]]? {
        var result: [String: [Int]] = [:]
        for input in graph.inputs {
            var shape: [Int] = []
            for dimension in graph.type(input).shape ?? [] {
                switch dimension {
                case .fixed(let extent): shape.append(extent)
                case .free(let name):
                    guard let extent = binding[name] else { return nil }
                    shape.append(extent)
                default: return nil
                }
            }
            result[graph[input].name] = shape
        }
        return result
    }

    /// The multiply-accumulates of a run; nil where the graph doesn't take these shapes.
    private static func cost(of graph: Graph, at shapes: [String: [Int]]) -> Int? {
        var bound = graph
        guard (try? bound.specialize(inputShapes: shapes)) != nil else { return nil }
        var sum = 0
        for id in bound.nodeIDs {
            let node = bound[id]
            let work = node.op.multiplyAccumulates(inputs: node.inputs.map { $0.map(bound.type) }, outputs: node.outputs.map(bound.type))
            let (total, overflow) = sum.addingReportingOverflow(work)
            sum = overflow ? .max : total
        }
        return sum
    }
}

extension Model {
    /// The model with inputs of these shapes, whatever its file says of them.
    func taking(_ shapes: [String: [Int]]) -> Model {
        var result = self
        for input in graph.inputs {
            guard let shape = shapes[graph[input].name] else { continue }
            result.graph.setType(input, TensorType(graph.type(input).elementType, shape.map(Dimension.fixed)))
        }
        return result
    }
}
