import Bytes
import GraphIR
import Tensors

/// A graph with an index of who reads each value, kept up to date as patches are applied: what rules look at.
package struct GraphView {
    package internal(set) var graph: Graph
    /// The nodes that read each value, by value index, in the order they came; a node that reads it twice is there twice.
    var readers: [[NodeID]]
    var outputs: Set<ValueID>
    let remarks = Remarks()

    package init(_ graph: Graph) {
        self.graph = graph
        readers = []
        outputs = Set(graph.outputs)
        for id in graph.nodeIDs {
            for case .some(let input) in graph[id].inputs { addReader(id, of: input) }
        }
    }

    mutating func addReader(_ node: NodeID, of value: ValueID) {
        while readers.count <= value.index { readers.append([]) }
        readers[value.index].append(node)
    }
}

extension GraphView {
    package subscript(node: NodeID) -> Node { graph[node] }
    package subscript(value: ValueID) -> Value { graph[value] }

    package func type(_ value: ValueID) -> TensorType { graph.type(value) }
    package func constant(_ value: ValueID?) -> Tensor? { graph.constant(value) }
    package func isOutput(_ value: ValueID) -> Bool { outputs.contains(value) }

    /// The nodes that read `value`; one that reads it twice is listed twice.
    package func consumers(_ value: ValueID) -> [NodeID] { value.index < readers.count ? readers[value.index] : [] }

    /// Whether anyone, node or graph output, needs `value`.
    package func isRead(_ value: ValueID) -> Bool { isOutput(value) || !consumers(value).isEmpty }

    /// The one node that reads `value`, where nothing else does and it isn't a graph output.
    package func soleConsumer(_ value: ValueID) -> NodeID? {
        let all = consumers(value)
        return all.count == 1 && !isOutput(value) ? all[0] : nil
    }

    /// The operator of `node`, where it's an `Op`.
    package func op<Op: Operator>(_ node: NodeID, _: Op.Type = Op.self) -> Op? { graph[node].op as? Op }

    /// The node that makes `value` and its operator, where that's an `Op`.
    package func producer<Op: Operator>(_ value: ValueID?, _: Op.Type = Op.self) -> (id: NodeID, op: Op)? {
        guard let value, let id = graph.producer(value), let op = graph[id].op as? Op else { return nil }
        return (id, op)
    }

    /// Input `index` of `node`, nil where it's left out.
    package func input(_ node: NodeID, _ index: Int) -> ValueID? {
        let inputs = graph[node].inputs
        return index < inputs.count ? inputs[index] : nil
    }

    /// What the operator of `node` is asked about it with.
    package func context(_ node: NodeID) -> InferenceContext { graph.context(graph[node]) }

    /// The constant integers an input holds, where it does.
    package func integers(_ node: NodeID, _ index: Int) throws(OsteonError) -> [Int]? {
        guard let tensor = constant(input(node, index)), !tensor.elementType.isFloat else { return nil }
        return try tensor.integers()
    }

    /// Notes why a rule leaves a node it nearly matched as it is; for an explanation.
    /// - Returns: nil, so that a rule can say `return view.decline(…)`.
    package func decline(_ node: NodeID, _ reason: @autoclosure () -> String) -> GraphPatch? {
        remarks.note(graph[node].name, reason())
        return nil
    }
}

/// Why rules declined, by node name; the last word counts.
final class Remarks {
    private(set) var byNode: [String: String] = [:]

    func note(_ node: String, _ reason: String) { byNode[node] = reason }
    func clear() { byNode = [:] }
}
