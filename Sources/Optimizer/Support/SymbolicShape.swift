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
        let node = view[id]
        guard let first = view.input(id, 0) else { return nil }
        if let op = node.op as? ShapeOf { return extents(op, of: first, in: view) }
        // A number of another type is the same number, and all stay in order under another shape.
        let isCast = node.op.traits.isSuperset(of: [.elementwise, .movesBits]) && node.inputs.count == 1
        if isCast || node.op.traits.contains(.view) {
            return try traced(first, in: view, depth: depth)
        }
        guard let selected = try node.op.selectedElements(view.context(id), most: 64) else { return nil }
        var parts: [Int: [Element]] = [:]
        for input in Set(selected.compactMap(\.input)) {
            guard let value = view.input(id, input), let known = try traced(value, in: view, depth: depth) else { return nil }
            parts[input] = known
        }
        var result: [Element] = []
        for element in selected {
            switch element {
            case .element(let input, let index):
                guard let part = parts[input], part.indices.contains(index) else { return nil }
                result.append(part[index])
            case .number(let number): result.append(.fixed(number))
            }
        }
        return result
    }

    private static func extents(_ op: ShapeOf, of value: ValueID, in view: GraphView) -> [Element]? {
        guard let shape = view.type(value).shape else { return nil }
        let rank = shape.count
        func place(_ index: Int) -> Int { min(max(index < 0 ? index + rank : index, 0), rank) }
        let start = place(op.start)
        let end = place(op.end ?? rank)
        guard start <= end else { return [] }
        return (start..<end).map { axis in shape[axis].fixed.map(Element.fixed) ?? .axis(value, axis) }
    }
}
