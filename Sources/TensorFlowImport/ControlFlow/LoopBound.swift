import Bytes
import GraphIR
import Operators
import Tensors

/// What's known of the condition of a loop that isn't constant: that it's false whatever the data are, or will be some time.
struct LoopBound {
    private let graph: Graph

    init(_ graph: Graph) { self.graph = graph }

    private func operation(_ value: ValueID) -> (op: any Operator, inputs: [ValueID])? {
        guard let producer = graph.producer(value) else { return nil }
        return (graph[producer].op, graph[producer].inputs.compactMap { $0 })
    }

    /// Whether the condition can't hold.
    func isFalse(_ condition: ValueID) -> Bool {
        var intervals = IntegerIntervals(graph)
        return intervals.of(condition)?.upperBound == 0
    }

    /// Whether counting makes the condition false some time: one of its constants (a counter, this time round) does, once it's
    /// far enough to one side, whatever the data are.
    func isBounded(_ condition: ValueID) -> Bool {
        var intervals = IntegerIntervals(graph)
        _ = intervals.of(condition)
        return intervals.constants.contains { constant in
            guard let range = IntegerIntervals.range(graph.type(constant).elementType) else { return false }
            // Data may be larger than what's counted ever is.
            let isTruth = range == 0...1
            return [isTruth ? 0 : range.lowerBound / 2, isTruth ? 1 : range.upperBound / 2].contains { end in
                var moved = IntegerIntervals(graph, moving: constant, to: end)
                return moved.of(condition)?.upperBound == 0
            }
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
            if isShape, op.traits.contains(.valuesDecideExtents) { isComputed = true }
            for input in inputs { stack.append((input, isShape || op.traits.contains(.asksForTypes))) }
        }
        guard !isComputed, !shaped.isEmpty else { return "\(what) is computed from the data" }
        return "\(what) depends on free extents of \(shaped.sorted().joined(separator: ", ")); `\(Parameter.input) NAME:SHAPE` fixes them"
    }
}
