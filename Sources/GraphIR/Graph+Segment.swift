import Bytes
import Tensors

extension Graph {
    /// The nodes that compute `value` from those of `boundary`, the graph's inputs and its constants, each after those it reads.
    /// - Parameter boundary: values where the search ends; `value` itself doesn't end it.
    /// - Returns: the nodes, and the values of the boundary and graph inputs they read, in the order they're first met.
    package func nodes(computing value: ValueID, from boundary: Set<ValueID>) -> (nodes: [NodeID], inputs: [ValueID]) {
        guard let root = producer(value) else { return ([], [value]) }
        var nodes: [NodeID] = []
        var inputs: [ValueID] = []
        var seen: Set<NodeID> = [root]
        var met: Set<ValueID> = []
        var stack: [(NodeID, Int)] = [(root, 0)]
        while let (id, next) = stack.popLast() {
            let node = self[id]
            guard next < node.inputs.count else {
                nodes.append(id)
                continue
            }
            stack.append((id, next + 1))
            guard let input = node.inputs[next], self[input].constant == nil else { continue }
            if !boundary.contains(input), let producer = producer(input) {
                if seen.insert(producer).inserted { stack.append((producer, 0)) }
            } else if met.insert(input).inserted {
                inputs.append(input)
            }
        }
        return (nodes, inputs)
    }

    /// A graph of its own that computes `value` by `nodes` from `inputs`, as `nodes(computing:from:)` gives them: names stay,
    /// constants are shared.
    /// - Parameter shapes: the shapes of inputs that aren't fixed, by name.
    /// - Throws: what the operators throw at these shapes.
    package func segment(
        computing value: ValueID, by nodes: [NodeID], from inputs: [ValueID], shapes: [String: [Int]] = [:]
    ) throws(OsteonError) -> Graph {
        var result = Graph(name: self[value].name)
        var known: [ValueID: ValueID] = [:]
        for input in inputs {
            var type = type(input)
            if let shape = shapes[self[input].name] { type = TensorType(type.elementType, fixed: shape) }
            known[input] = result.addInput(self[input].name, type)
        }
        for id in nodes {
            let node = self[id]
            var arguments: [ValueID?] = []
            for input in node.inputs {
                guard let input else {
                    arguments.append(nil)
                    continue
                }
                if known[input] == nil, let tensor = constant(input) { known[input] = result.addConstant(self[input].name, tensor) }
                guard let argument = known[input] else {
                    throw OsteonError(.internalFault, "Node \(node.name) reads \(self[input].name), which its segment lacks.")
                }
                arguments.append(argument)
            }
            let names = node.outputs.map { contains($0) && producer($0) == id ? self[$0].name : "\(node.name).unread" }
            let outputs = try result.add(node.op, arguments, name: node.name, outputNames: names)
            // Another output of the node may be an input of the segment: that one stays.
            for (output, new) in zip(node.outputs, outputs) where known[output] == nil { known[output] = new }
        }
        guard let output = known[value] else {
            throw OsteonError(.internalFault, "The segment of \(self[value].name) doesn't compute it.")
        }
        result.setOutputs([output])
        return result
    }
}
