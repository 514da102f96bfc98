import Bytes
import GraphIR
import Operators
import Tensors

/// What's known of a small integer vector made from shapes, element by element.
enum SymbolicShape {
    enum Element: Hashable {
        case fixed(Int)
        /// The extent of an axis of a value.
        case axis(ValueID, Int)
        case unknown
    }

    /// The elements of `value` as a number, a free extent by name, or unknown; nil where not even their number is known.
    static func elements(of value: ValueID, in view: GraphView) throws(OsteonError) -> [Dimension]? {
        try traced(value, in: view)?.map { element in
            switch element {
            case .fixed(let number): .fixed(number)
            case .axis(let source, let axis): view.type(source).shape?[axis] ?? .unknown
            case .unknown: .unknown
            }
        }
    }

    /// The type of `value` with the extents that the shape of the reshape making it tells.
    static func refined(_ value: ValueID, in view: GraphView) throws(OsteonError) -> TensorType {
        var type = view.type(value)
        guard type.shape?.contains(.unknown) == true, let reshape = view.producer(value, Reshape.self) else { return type }
        guard let shape = view.input(reshape.id, 1), let elements = try elements(of: shape, in: view) else { return type }
        for (axis, element) in elements.enumerated() where type.shape?[axis] == .unknown {
            // 0 and −1 stand for others.
            if let extent = element.fixed, extent <= 0 { continue }
            type.shape?[axis] = element
        }
        return type
    }

    /// The elements of `value`, a vector or scalar of integers; nil where not even their number is known.
    static func traced(_ value: ValueID, in view: GraphView, depth: Int = 24) throws(OsteonError) -> [Element]? {
        let type = view.type(value)
        guard type.elementType == .i64 || type.elementType == .i32, let rank = type.rank, rank <= 1, depth > 0 else { return nil }
        guard let count = type.count, count <= 64 else { return nil }
        if let tensor = view.constant(value) { return try tensor.integers().map(Element.fixed) }
        let unknown = [Element](repeating: .unknown, count: count)
        guard let id = view.graph.producer(value) else { return unknown }
        let known = try made(by: id, in: view, depth: depth - 1)
        return known?.count == count ? known : unknown
    }

    private static func made(by id: NodeID, in view: GraphView, depth: Int) throws(OsteonError) -> [Element]? {
        guard let first = view.input(id, 0) else { return nil }
        switch view[id].op {
        case let op as ShapeOf:
            guard let shape = view.type(first).shape else { return nil }
            let rank = shape.count
            func place(_ index: Int) -> Int { min(max(index < 0 ? index + rank : index, 0), rank) }
            let start = place(op.start)
            let end = place(op.end ?? rank)
            guard start <= end else { return [] }
            return (start..<end).map { axis in shape[axis].fixed.map(Element.fixed) ?? .axis(first, axis) }
        case is Identity, is Cast, is Squeeze, is Unsqueeze, is Reshape, is Flatten:
            return try traced(first, in: view, depth: depth)
        case is Concat:
            var result: [Element] = []
            for case .some(let input) in view[id].inputs {
                guard let part = try traced(input, in: view, depth: depth) else { return nil }
                result += part
            }
            return result
        case is Gather:
            guard let source = try traced(first, in: view, depth: depth), let indices = try view.integers(id, 1) else { return nil }
            let places = indices.map { $0 < 0 ? $0 + source.count : $0 }
            return places.allSatisfy(source.indices.contains) ? places.map { source[$0] } : nil
        case is Slice:
            return try slice(id, first, in: view, depth: depth)
        default: return nil
        }
    }

    private static func slice(_ id: NodeID, _ value: ValueID, in view: GraphView, depth: Int) throws(OsteonError) -> [Element]? {
        guard let source = try traced(value, in: view, depth: depth) else { return nil }
        let steps = try view.integers(id, 4)
        guard view.input(id, 4) == nil || steps == [1] else { return nil }
        guard let start = try view.integers(id, 1)?.first, let end = try view.integers(id, 2)?.first else { return nil }
        func place(_ index: Int) -> Int { min(max(index < 0 ? index &+ source.count : index, 0), source.count) }
        return place(start) <= place(end) ? Array(source[place(start)..<place(end)]) : []
    }
}
