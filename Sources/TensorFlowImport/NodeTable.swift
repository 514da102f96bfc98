import Bytes
import WireFormats

/// One output of a node, by the node's place in its table.
struct TensorReference: Hashable {
    var node: Int
    var output: Int
}

/// A node of a GraphDef with its inputs resolved to places in the table.
struct GraphNode {
    var name: String
    var operation: String
    /// The data inputs; `node` is -1 for one that isn't in the graph.
    var inputs: [TensorReference]
    /// The data inputs as the file spells them, for messages.
    var inputNames: [String]
    /// Nodes that must run before; they matter only for telling dead branches.
    var controls: [Int]
    var attributes: NodeAttributes
}

/// The nodes of a graph, found by name.
struct NodeTable {
    private(set) var nodes: [GraphNode] = []
    private var places: [String: Int] = [:]

    /// - Throws: `.malformed` for a name used twice, not ASCII or an input that can't be read.
    init(_ definitions: [Tensorflow_NodeDef]) throws(OsteonError) {
        nodes.reserveCapacity(definitions.count)
        for (place, definition) in definitions.enumerated() {
            let name = definition.name
            guard !name.isEmpty, name.utf8.count <= 4096, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw OsteonError(
                    .malformed, "Node \(place) has the name \"\(name.prefix(80))\", which TensorFlow doesn't allow.")
            }
            guard places.updateValue(place, forKey: name) == nil else {
                throw OsteonError(.malformed, "Two nodes are named \(name).")
            }
        }
        for definition in definitions {
            nodes.append(try locating("node \(definition.name)") { () throws(OsteonError) in try resolve(definition) })
        }
    }

    private func resolve(_ definition: Tensorflow_NodeDef) throws(OsteonError) -> GraphNode {
        var node = GraphNode(
            name: definition.name, operation: definition.op, inputs: [], inputNames: [], controls: [],
            attributes: NodeAttributes(definition.attr))
        for input in definition.input {
            if input.hasPrefix("^") {
                if let place = places[String(input.dropFirst())] { node.controls.append(place) }
                continue
            }
            let (name, output) = try Self.split(input)
            node.inputs.append(TensorReference(node: places[name] ?? -1, output: output))
            node.inputNames.append(input)
        }
        return node
    }

    func place(of name: String) -> Int? { places[name] }

    /// The output a user or a file names as "node" or "node:1"; nil where there's no such node.
    func reference(_ text: String) throws(OsteonError) -> TensorReference? {
        let (name, output) = try Self.split(text)
        return places[name].map { TensorReference(node: $0, output: output) }
    }

    /// Whether a node has this output: by what's known of its operation, else where another node reads it or one behind it.
    func hasOutput(_ reference: TensorReference) throws(OsteonError) -> Bool {
        if reference.output == 0 { return true }
        if let count = try OperationOutputs.count(of: nodes[reference.node]) { return reference.output < count }
        return nodes.contains { node in node.inputs.contains { $0.node == reference.node && $0.output >= reference.output } }
    }

    /// Which nodes those at `roots` depend on, themselves among them: by data and by control.
    func ancestors(of roots: [Int]) -> [Bool] {
        reached(from: roots) { nodes[$0].inputs.map(\.node) + nodes[$0].controls }
    }

    /// The nodes that read each node's outputs.
    func readers() -> [[Int]] {
        var result: [[Int]] = Array(repeating: [], count: nodes.count)
        for (place, node) in nodes.enumerated() {
            for input in node.inputs where input.node >= 0 { result[input.node].append(place) }
        }
        return result
    }

    /// Which nodes depend on data of those at `roots`, themselves among them.
    func dependents(of roots: [Int], _ readers: [[Int]]) -> [Bool] {
        reached(from: roots) { readers[$0] }
    }

    private func reached(from roots: [Int], _ edges: (Int) -> [Int]) -> [Bool] {
        var result = [Bool](repeating: false, count: nodes.count)
        var stack = roots
        while let place = stack.popLast() {
            guard place >= 0, !result[place] else { continue }
            result[place] = true
            stack += edges(place)
        }
        return result
    }

    /// "node", or "node:1" for outputs behind the first.
    func tensorName(_ reference: TensorReference) -> String {
        reference.output == 0 ? nodes[reference.node].name : "\(nodes[reference.node].name):\(reference.output)"
    }

    /// The parts of "node:1"; no number is output 0.
    static func split(_ text: String) throws(OsteonError) -> (name: String, output: Int) {
        guard let colon = text.lastIndex(of: ":") else { return (text, 0) }
        guard let output = Int(text[text.index(after: colon)...]), output >= 0, output < 1 << 20 else {
            throw OsteonError(.malformed, "\"\(text.prefix(200))\" doesn't name a tensor as node:number.")
        }
        return (String(text[..<colon]), output)
    }
}
