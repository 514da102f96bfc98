import Bytes
import WireFormats

/// Which nodes of a graph are needed for some of its values, each after those it reads from.
struct GraphOutline {
    let nodes: [Onnx_NodeProto]

    /// - Parameters:
    ///   - wanted: the names of the values to return as outputs.
    ///   - given: names that are already there (inputs, constants, cuts): nothing that makes them is needed.
    /// - Throws: `.malformed` where two nodes make one value or nodes wait for each other in a circle.
    init(
        _ candidates: [Onnx_NodeProto], wanted: some Sequence<String>, given: (String) -> Bool
    ) throws(OsteonError) {
        let producers = try Self.producers(of: candidates)
        let needed = Self.needed(candidates, producers, wanted: wanted, given: given)
        let dependencies = candidates.map { [String]() + $0.input + Self.captured(by: $0) }
        var state = [UInt8](repeating: 0, count: candidates.count)  // 0 new, 1 open, 2 done
        var order: [Int] = []
        for root in candidates.indices where needed[root] && state[root] == 0 {
            var stack = [(root, 0)]
            state[root] = 1
            while let (index, next) = stack.popLast() {
                guard next < dependencies[index].count else {
                    state[index] = 2
                    order.append(index)
                    continue
                }
                stack.append((index, next + 1))
                let name = dependencies[index][next]
                guard !given(name), let producer = producers[name] else { continue }
                if state[producer] == 1 {
                    throw OsteonError(.malformed, "The graph has a cycle through the value \(name).")
                }
                if state[producer] == 0 {
                    state[producer] = 1
                    stack.append((producer, 0))
                }
            }
        }
        nodes = order.map { candidates[$0] }
    }

    /// Which node makes each value.
    static func producers(of nodes: [Onnx_NodeProto]) throws(OsteonError) -> [String: Int] {
        var result: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for output in node.output where !output.isEmpty {
                guard result.updateValue(index, forKey: output) == nil else {
                    throw OsteonError(.malformed, "Two nodes make the value \(output).")
                }
            }
        }
        return result
    }

    private static func needed(
        _ nodes: [Onnx_NodeProto], _ producers: [String: Int], wanted: some Sequence<String>, given: (String) -> Bool
    ) -> [Bool] {
        var needed = [Bool](repeating: false, count: nodes.count)
        var stack = Array(wanted)
        while let name = stack.popLast() {
            guard !given(name), let index = producers[name], !needed[index] else { continue }
            needed[index] = true
            stack += nodes[index].input
            stack += captured(by: nodes[index])
        }
        return needed
    }

    /// The names that graphs inside a node read from around it.
    static func captured(by node: Onnx_NodeProto) -> [String] {
        var result: [String] = []
        for attribute in node.attribute {
            if attribute.hasG { result += free(in: attribute.g) }
            for graph in attribute.graphs { result += free(in: graph) }
        }
        return result
    }

    private static func free(in graph: Onnx_GraphProto) -> [String] {
        var local = Set(graph.input.map(\.name))
        local.formUnion(graph.initializer.map(\.name))
        for node in graph.node { local.formUnion(node.output) }
        var result: [String] = []
        for node in graph.node { result += (node.input + captured(by: node)).filter { !$0.isEmpty && !local.contains($0) } }
        return result + graph.output.map(\.name).filter { !local.contains($0) }
    }

    /// The names of all values in a graph and the graphs inside it.
    static func names(in graph: Onnx_GraphProto) -> [String] {
        graph.input.map(\.name) + graph.initializer.map(\.name) + names(in: graph.node)
    }

    /// The names of all values that nodes make, and of those in the graphs inside them.
    static func names(in nodes: [Onnx_NodeProto]) -> [String] {
        var result: [String] = []
        for node in nodes {
            result += node.output
            for attribute in node.attribute {
                if attribute.hasG { result += names(in: attribute.g) }
                for graph in attribute.graphs { result += names(in: graph) }
            }
        }
        return result
    }
}
