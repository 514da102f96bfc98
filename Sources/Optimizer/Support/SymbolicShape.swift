import Bytes
import GraphIR
import Operators
import Tensors

/// What's known of a small integer vector made from shapes: each element a number, a free extent by name, or unknown.
enum SymbolicShape {
    /// The elements of `value`, a vector or scalar of integers; nil where not even their number is known.
    static func elements(of value: ValueID, in view: GraphView, depth: Int = 24) throws(OsteonError) -> [Dimension]? {
        let type = view.type(value)
        guard type.elementType == .i64 || type.elementType == .i32, let rank = type.rank, rank <= 1, depth > 0 else { return nil }
        guard let count = type.count, count <= 64 else { return nil }
        if let tensor = view.constant(value) { return try tensor.integers().map(Dimension.fixed) }
        let unknown = [Dimension](repeating: .unknown, count: count)
        guard let id = view.graph.producer(value) else { return unknown }
        let known = try made(by: id, count: count, in: view, depth: depth - 1)
        return known?.count == count ? known : unknown
    }

    private static func made(by id: NodeID, count: Int, in view: GraphView, depth: Int) throws(OsteonError) -> [Dimension]? {
        guard let first = view.input(id, 0) else { return nil }
        switch view[id].op {
        case let op as ShapeOf:
            guard let shape = view.type(first).shape else { return nil }
            let rank = shape.count
            func place(_ index: Int) -> Int { min(max(index < 0 ? index + rank : index, 0), rank) }
            let start = place(op.start), end = place(op.end ?? rank)
            return start <= end ? Array(shape[start ..< end]) : []
        case is Identity, is Cast, is Squeeze, is Unsqueeze, is Reshape, is Flatten:
            return try elements(of: first, in: view, depth: depth)
        case is Concat:
            var result: [Dimension] = []
            for case .some(let input) in view[id].inputs {
                guard let part = try elements(of: input, in: view, depth: depth) else { return nil }
                result += part
            }
            return result
        case is Gather:
            guard let source = try elements(of: first, in: view, depth: depth), let indices = try view.integers(id, 1) else { return nil }
            let places = indices.map { $0 < 0 ? $0 + source.count : $0 }
            return places.allSatisfy(source.indices.contains) ? places.map { source[$0] } : nil
        case is Slice:
            return try slice(id, first, in: view, depth: depth)
        default: return nil
        }
    }

    private static func slice(_ id: NodeID, _ value: ValueID, in view: GraphView, depth: Int) throws(OsteonError) -> [Dimension]? {
        guard let source = try elements(of: value, in: view, depth: depth) else { return nil }
        let steps = try view.integers(id, 4)
        guard view.input(id, 4) == nil || steps == [1] else { return nil }
        guard let start = try view.integers(id, 1)?.first, let end = try view.integers(id, 2)?.first else { return nil }
        func place(_ index: Int) -> Int { min(max(index < 0 ? index &+ source.count : index, 0), source.count) }
        return place(start) <= place(end) ? Array(source[place(start) ..< place(end)]) : []
    }
}
