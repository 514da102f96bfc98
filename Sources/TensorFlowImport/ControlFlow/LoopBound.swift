import Bytes
import GraphIR
import Operators
import Tensors

/// What's known of the condition of a loop that isn't constant: that it's false whatever the data are, or will be some time.
struct LoopBound {
    private let graph: Graph
    private static let deepest = 32

    init(_ graph: Graph) { self.graph = graph }

    private func operation(_ value: ValueID) -> (op: any Operator, inputs: [ValueID])? {
        guard let producer = graph.producer(value) else { return nil }
        return (graph[producer].op, graph[producer].inputs.compactMap { $0 })
    }

    /// Whether the condition can't hold.
    func isFalse(_ condition: ValueID, depth: Int = 0) -> Bool {
        if let constant = graph.constant(condition) { return constant.count == 1 && (try? constant.doubles())?.first == 0 }
        guard depth < Self.deepest, let (op, inputs) = operation(condition), let first = inputs.first else { return false }
        switch op {
        case is Identity, is Reshape, is Squeeze: return isFalse(first, depth: depth + 1)
        case is And: return inputs.contains { isFalse($0, depth: depth + 1) }
        default:
            guard let (low, high, isStrict) = comparison(op, inputs), let start = number(low), let end = most(high) else { return false }
            return isStrict ? start >= end : start > end
        }
    }

    /// Whether the condition is one that counting makes false some time: a counter against a limit that data can only lower.
    func isBounded(_ condition: ValueID, depth: Int = 0) -> Bool {
        guard depth < Self.deepest, let (op, inputs) = operation(condition), let first = inputs.first else { return false }
        switch op {
        case is Identity, is Reshape, is Squeeze: return isBounded(first, depth: depth + 1)
        case is And: return inputs.contains { graph.constant($0) != nil || isBounded($0, depth: depth + 1) }
        default:
            guard let (low, high, _) = comparison(op, inputs) else { return false }
            return number(low) != nil && most(high) != nil
        }
    }

    /// `low < high`, or `low ≤ high`.
    private func comparison(_ op: any Operator, _ inputs: [ValueID]) -> (low: ValueID, high: ValueID, isStrict: Bool)? {
        guard inputs.count == 2 else { return nil }
        switch op {
        case is Less: return (inputs[0], inputs[1], true)
        case is LessOrEqual: return (inputs[0], inputs[1], false)
        case is Greater: return (inputs[1], inputs[0], true)
        case is GreaterOrEqual: return (inputs[1], inputs[0], false)
        default: return nil
        }
    }

    private func number(_ value: ValueID) -> Int? {
        guard let tensor = graph.constant(value), tensor.count == 1, tensor.elementType.isInteger else { return nil }
        return (try? tensor.integers())?.first
    }

    /// The largest that an integer can be; nil where nothing bounds it.
    private func most(_ value: ValueID, depth: Int = 0) -> Int? {
        if let number = number(value) { return number }
        guard depth < Self.deepest, graph.type(value).elementType.isInteger, let (op, inputs) = operation(value) else { return nil }
        switch op {
        case is Identity, is Reshape, is Squeeze: return inputs.first.flatMap { most($0, depth: depth + 1) }
        case is Minimum: return inputs.compactMap { most($0, depth: depth + 1) }.min()
        default: return nil
        }
    }

    // MARK: What to do

    /// What a condition or a length hangs on, for a person.
    func explanation(_ value: ValueID, of what: String = "how often it runs") -> String {
        var shaped: Set<String> = []
        var isComputed = false
        var seen: [ValueID: Bool] = [:]
        var stack = [(value: value, isShape: false)]
        while let (value, isShape) = stack.popLast() {
            // As data it hangs on all that it would as a shape.
            guard seen[value] == nil || (seen[value] == true && !isShape) else { continue }
            seen[value] = isShape
            guard let (op, inputs) = operation(value) else {
                if graph.constant(value) != nil { continue }
                if isShape { shaped.insert(graph[value].name) } else { isComputed = true }
                continue
            }
            let makesShapes = op is NonZero || op is Unique || op is Compress || op is NonMaxSuppression
            if isShape, makesShapes { isComputed = true }
            for input in inputs { stack.append((input, isShape || op is ShapeOf || op is Size)) }
        }
        guard !isComputed, !shaped.isEmpty else { return "\(what) is computed from the data" }
        return "\(what) depends on free extents of \(shaped.sorted().joined(separator: ", ")); `\(Parameter.input) NAME:SHAPE` fixes them"
    }
}
