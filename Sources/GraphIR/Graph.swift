import Bytes
import Tensors

/// A portable graph: values, and the nodes that make them.
///
/// Ids stay valid while other parts change; removed nodes and values leave gaps. A graph is always typed: adding a
/// node infers the types of its outputs or throws. Rewrites go through `GraphPatch` of the optimiser.
package struct Graph: Sendable {
    package var name: String
    package private(set) var inputs: [ValueID] = []
    /// The outputs in order. A value may be an output under its own name only.
    package private(set) var outputs: [ValueID] = []
    private var nodeSlots: [Node?] = []
    private var valueSlots: [Value?] = []
    /// By UTF-8 bytes: names that only Unicode holds equal are two.
    private var names: [UTF8Name: ValueID] = [:]
    private var nodeNames: Set<UTF8Name> = []
    /// About the bytes that names, shapes and connections take: small files can multiply them by functions and loops.
    private var footprint = 0
    private static let largestFootprint = 256 << 20

    package init(name: String = "") { self.name = name }
}

// MARK: Reading

extension Graph {
    package subscript(value: ValueID) -> Value {
        guard let result = valueSlots[value.index] else { preconditionFailure("a removed value was used") }
        return result
    }

    package subscript(node: NodeID) -> Node {
        guard let result = nodeSlots[node.index] else { preconditionFailure("a removed node was used") }
        return result
    }

    package func contains(_ node: NodeID) -> Bool { node.index < nodeSlots.count && nodeSlots[node.index] != nil }
    package func contains(_ value: ValueID) -> Bool { value.index < valueSlots.count && valueSlots[value.index] != nil }

    package func value(named name: String) -> ValueID? { names[UTF8Name(name)] }

    /// All nodes, in the order they were added (use `topologicalOrder()` to compute).
    package var nodeIDs: [NodeID] { nodeSlots.indices.filter { nodeSlots[$0] != nil }.map(NodeID.init) }
    package var valueIDs: [ValueID] { valueSlots.indices.filter { valueSlots[$0] != nil }.map(ValueID.init) }
    package var nodeCount: Int { nodeSlots.lazy.filter { $0 != nil }.count }

    package func type(_ value: ValueID) -> TensorType { self[value].type }
    package func constant(_ value: ValueID?) -> Tensor? { value.flatMap { self[$0].constant } }
    package func producer(_ value: ValueID) -> NodeID? { self[value].producer }
}

// MARK: Building

extension Graph {
    /// `base`, or `base` with the first number behind it that no value has yet.
    package func uniqueValueName(_ base: String) -> String {
        Self.unique(base.isEmpty ? "value" : base) { names[UTF8Name($0)] != nil }
    }

    package func uniqueNodeName(_ base: String) -> String {
        Self.unique(base.isEmpty ? "node" : base) { nodeNames.contains(UTF8Name($0)) }
    }

    private static func unique(_ base: String, _ taken: (String) -> Bool) -> String {
        if !taken(base) { return base }
        // Numbers are assigned from 1 on, so the border is found by halves: many equal names mustn't take quadratic time.
        var low = 0
        var high = 1
        while taken("\(base)_\(high)") { (low, high) = (high, 2 * high) }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if taken("\(base)_\(middle)") { low = middle } else { high = middle }
        }
        return "\(base)_\(high)"
    }

    private mutating func addValue(_ name: String, _ type: TensorType, _ source: Value.Source) -> ValueID {
        let id = ValueID(valueSlots.count)
        let name = uniqueValueName(name)
        valueSlots.append(Value(name: name, type: type, source: source))
        footprint += 160 + name.utf8.count + 24 * (type.rank ?? 0)
        names[UTF8Name(name)] = id
        return id
    }

    /// Adds a graph input. A name already taken gets a number behind it.
    @discardableResult
    package mutating func addInput(_ name: String, _ type: TensorType) -> ValueID {
        let id = addValue(name, type, .input)
        inputs.append(id)
        return id
    }

    @discardableResult
    package mutating func addConstant(_ name: String, _ tensor: Tensor) -> ValueID {
        addValue(name, tensor.type, .constant(tensor))
    }

    /// Adds a node and infers the types of its outputs.
    /// - Parameters:
    ///   - outputNames: a name for each output; with none, one output named after the node.
    /// - Returns: the outputs, as many as `outputNames`.
    /// - Throws: `.invalidGraph` and others from the operator, with the node's name on the trail.
    @discardableResult
    package mutating func add(
        _ op: any Operator, _ nodeInputs: [ValueID?], name: String = "", outputNames: [String] = []
    ) throws(OsteonError) -> [ValueID] {
        let nodeName = uniqueNodeName(name.isEmpty ? (outputNames.first ?? Swift.type(of: op).id) : name)
        let outputNames = outputNames.isEmpty ? [nodeName] : outputNames
        var trimmed = nodeInputs
        while case .some(.none) = trimmed.last { trimmed.removeLast() }
        let types = try inferredTypes(op, trimmed, outputCount: outputNames.count, nodeName: nodeName)
        let id = NodeID(nodeSlots.count)
        var results: [ValueID] = []
        for (index, name) in outputNames.enumerated() {
            results.append(addValue(name, types[index], .node(id, output: index)))
        }
        nodeSlots.append(Node(name: nodeName, op: op, inputs: trimmed, outputs: results))
        footprint += 160 + nodeName.utf8.count + 16 * trimmed.count
        guard footprint <= Self.largestFootprint else {
            throw OsteonError(
                .limitExceeded,
                "Names, shapes and connections of the graph take over \(MemorySize.text(Self.largestFootprint)); the file multiplies them.")
        }
        nodeNames.insert(UTF8Name(nodeName))
        return results
    }

    /// Names the outputs of the graph, in order.
    package mutating func setOutputs(_ values: [ValueID]) { outputs = values }
}

// MARK: Changing (for the optimiser's patches and for binding)

extension Graph {
    /// Gives a value another name.
    /// - Throws: `.invalidGraph` where another value has that name.
    package mutating func rename(_ value: ValueID, to name: String) throws(OsteonError) {
        guard UTF8Name(self[value].name) != UTF8Name(name) else { return }
        guard names[UTF8Name(name)] == nil else { throw OsteonError(.invalidGraph, "Two values would be named \(name).") }
        names[UTF8Name(self[value].name)] = nil
        names[UTF8Name(name)] = value
        valueSlots[value.index]?.name = name
    }

    /// Gives a node another name.
    /// - Throws: `.invalidGraph` where another node has that name.
    package mutating func rename(_ node: NodeID, to name: String) throws(OsteonError) {
        let old = self[node].name
        guard old != name else { return }
        guard nodeNames.insert(UTF8Name(name)).inserted else {
            throw OsteonError(.invalidGraph, "Two nodes would be named \(name).")
        }
        nodeNames.remove(UTF8Name(old))
        nodeSlots[node.index]?.name = name
    }

    /// Removes a node and the values it makes, which nobody may read any more.
    package mutating func remove(_ node: NodeID) {
        let removed = self[node]
        for output in removed.outputs where contains(output) && self[output].producer == node {
            names[UTF8Name(self[output].name)] = nil
            valueSlots[output.index] = nil
        }
        nodeNames.remove(UTF8Name(removed.name))
        nodeSlots[node.index] = nil
    }

    /// Removes a constant, which nobody may read any more.
    package mutating func removeConstant(_ value: ValueID) {
        guard self[value].constant != nil else { return }
        names[UTF8Name(self[value].name)] = nil
        valueSlots[value.index] = nil
    }

    package mutating func setType(_ value: ValueID, _ type: TensorType) { valueSlots[value.index]?.type = type }

    /// Turns a graph input into a constant (feeding `training = false`).
    package mutating func bindInput(_ value: ValueID, to tensor: Tensor) {
        inputs.removeAll { $0 == value }
        valueSlots[value.index]?.source = .constant(tensor)
        valueSlots[value.index]?.type = tensor.type
    }

    /// Turns any value into a graph input: what made it is no longer needed by it (cutting a graph).
    package mutating func cutInput(_ value: ValueID, type: TensorType) {
        valueSlots[value.index]?.source = .input
        valueSlots[value.index]?.type = type
        if !inputs.contains(value) { inputs.append(value) }
    }

    /// Removes a graph input nobody reads.
    mutating func removeInput(_ value: ValueID) {
        inputs.removeAll { $0 == value }
        names[UTF8Name(self[value].name)] = nil
        valueSlots[value.index] = nil
    }

    /// Turns a value into a constant (folding); its node keeps its place until dead code is removed.
    package mutating func fold(_ value: ValueID, to tensor: Tensor) {
        valueSlots[value.index]?.source = .constant(tensor)
        valueSlots[value.index]?.type = tensor.type
    }

    /// Makes every reader of `old` (nodes and graph outputs) read `new` instead.
    package mutating func replaceUses(of old: ValueID, with new: ValueID) {
        for index in nodeSlots.indices {
            guard let node = nodeSlots[index], node.inputs.contains(old) else { continue }
            nodeSlots[index]?.inputs = node.inputs.map { $0 == old ? new : $0 }
        }
        outputs = outputs.map { $0 == old ? new : $0 }
    }

    package mutating func setOperator(_ node: NodeID, _ op: any Operator) { nodeSlots[node.index]?.op = op }
    package mutating func setInputs(_ node: NodeID, _ inputs: [ValueID?]) { nodeSlots[node.index]?.inputs = inputs }

    /// Removes every node and value no output depends on. Graph inputs stay.
    /// - Returns: the number of nodes removed.
    @discardableResult
    package mutating func removeDeadCode() -> Int {
        let (liveNodes, liveValues) = reachable()
        var removed = 0
        for index in nodeSlots.indices where !liveNodes[index] {
            guard let node = nodeSlots[index] else { continue }
            nodeNames.remove(UTF8Name(node.name))
            nodeSlots[index] = nil
            removed += 1
        }
        for index in valueSlots.indices where !liveValues[index] {
            guard let value = valueSlots[index] else { continue }
            names[UTF8Name(value.name)] = nil
            valueSlots[index] = nil
        }
        return removed
    }

    /// Which nodes and values the outputs depend on, by slot; graph inputs and all outputs of a live node count.
    private func reachable() -> (nodes: [Bool], values: [Bool]) {
        var liveNodes = [Bool](repeating: false, count: nodeSlots.count)
        var liveValues = [Bool](repeating: false, count: valueSlots.count)
        for input in inputs { liveValues[input.index] = true }
        var stack = outputs
        while let value = stack.popLast() {
            liveValues[value.index] = true
            guard let id = producer(value), !liveNodes[id.index] else { continue }
            liveNodes[id.index] = true
            let node = self[id]
            for output in node.outputs { liveValues[output.index] = true }
            for input in node.inputs {
                if let input { stack.append(input) }
            }
        }
        return (liveNodes, liveValues)
    }
}
