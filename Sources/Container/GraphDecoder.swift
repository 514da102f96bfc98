import Bytes
import GraphIR
import Operators
import Tensors

/// Builds a graph from the JSON of the member `graph` and the stored tensors.
///
/// Every node goes through `Graph.add`, so operators check their inputs; the types in the file must agree with those inferred.
struct GraphDecoder {
    private var graph: Graph
    private let tensors: [UTF8Name: Tensor]
    private var values: [UTF8Name: ValueID] = [:]
    private var used: Set<UTF8Name> = []
    private let json: JSONValue
    /// Made where a node has to be split.
    private var names: WrittenNames?

    static func decode(_ json: JSONValue, tensors: [UTF8Name: Tensor]) throws(OsteonError) -> Graph {
        _ = try json.members(only: ["name", "inputs", "constants", "nodes", "outputs"])
        var decoder = GraphDecoder(graph: Graph(name: try json.member("name").string()), tensors: tensors, json)
        for input in try json.member("inputs").array() { try decoder.addInput(input) }
        for constant in try json.member("constants").array() { try decoder.addConstant(constant) }
        for node in try json.member("nodes").array() { try decoder.addNode(node) }
        var outputs: [ValueID] = []
        for output in try json.member("outputs").strings() { outputs.append(try decoder.value(output)) }
        guard Set(outputs).count == outputs.count else { throw OsteonError(.malformed, "A value is listed twice as an output.") }
        decoder.graph.setOutputs(outputs)
        guard decoder.used.count == tensors.count else {
            throw OsteonError(.malformed, "\(tensors.count - decoder.used.count) of the tensors stored belong to no value of the graph.")
        }
        return decoder.graph
    }

    private init(graph: Graph, tensors: [UTF8Name: Tensor], _ json: JSONValue) {
        self.graph = graph
        self.tensors = tensors
        self.json = json
    }

    private func value(_ name: String) throws(OsteonError) -> ValueID {
        guard let id = values[UTF8Name(name)] else {
            throw OsteonError(.malformed, "The graph reads \"\(name)\", which nothing before makes.")
        }
        return id
    }

    /// Notes a value just added; the graph must have taken its name as it is.
    private mutating func register(_ name: String, _ id: ValueID) throws(OsteonError) {
        guard UTF8Name(graph[id].name) == UTF8Name(name), values.updateValue(id, forKey: UTF8Name(name)) == nil else {
            throw OsteonError(.malformed, "Two values of the graph are named \"\(name)\", or one has no name.")
        }
    }

    private mutating func addInput(_ json: JSONValue) throws(OsteonError) {
        let input = try locating((try? json["name"]?.string()).map { "input \($0)" } ?? "inputs") { () throws(OsteonError) in
            try NamedType(json: json)
        }
        try register(input.name, graph.addInput(input.name, input.type))
    }

    private mutating func addConstant(_ json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "tensor"])
        let name = try json.member("name").string()
        let stored = UTF8Name(try json["tensor"]?.string() ?? name)
        guard let tensor = tensors[stored] else {
            throw OsteonError(.malformed, "Constant \"\(name)\" names the tensor \"\(stored.text)\", which isn't stored.")
        }
        used.insert(stored)
        try register(name, graph.addConstant(name, tensor))
    }

    private mutating func addNode(_ json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "operator", "attributes", "inputs", "outputs"])
        let name = try json.member("name").string()
        let op = try json.member("operator").string()
        do {
            try addNode(name, op, json)
        } catch {
            throw error.trail.contains { $0.hasPrefix("node ") } ? error : error.at("node \(name) (\(op))")
        }
    }

    private mutating func addNode(_ name: String, _ op: String, _ json: JSONValue) throws(OsteonError) {
        var attributes: [String: AttributeValue] = [:]
        for member in try json["attributes"]?.members() ?? [] {
            attributes[member.name] = try locating("attribute \(member.name)") { () throws(OsteonError) in
                try AttributeValue(json: member.value)
            }
        }
        let activation = try WrittenActivation(takenFrom: &attributes, of: op)
        var inputs: [ValueID?] = []
        for input in try json.member("inputs").array() { inputs.append(input == .null ? nil : try value(input.string())) }
        let outputs = try [NamedType](json: json.member("outputs"))
        guard !outputs.isEmpty else { throw OsteonError(.malformed, "It has no outputs.") }
        let written = outputs.map(\.name)
        var madeNames = written
        if let activation { madeNames[0] = fresh("\(written[0]).before_\(activation.name)") }
        let made = try graph.add(OperatorCatalogue.make(op, attributes), inputs, name: name, outputNames: madeNames)
        for (id, output) in zip(made, outputs) { try settle(id, output.type, output: output.name) }
        guard let last = made.first.flatMap(graph.producer), UTF8Name(graph[last].name) == UTF8Name(name) else {
            throw OsteonError(.malformed, "Two nodes of the graph are named \"\(name)\", or one has no name.")
        }
        guard let activation else {
            for (id, name) in zip(made, written) { try register(name, id) }
            return
        }
        let result = try addActivation(activation, of: made[0], node: name, output: written[0])
        try register(written[0], result)
    }

    /// Gives a value just made the type in the file.
    private mutating func settle(_ id: ValueID, _ type: TensorType, output name: String) throws(OsteonError) {
        let inferred = graph.type(id)
        guard inferred.isCompatible(with: type) else {
            throw OsteonError(.invalidGraph, "Output \"\(name)\" is recorded as \(type), but the operator makes \(inferred).")
        }
        graph.setType(id, inferred.adopting(type))
    }

    // MARK: Activations of older files

    private mutating func fresh(_ base: String, node: Bool = false) -> String {
        var known = names ?? WrittenNames(json)
        names = nil
        let name = node ? known.freshNode(base) : known.freshValue(base)
        names = known
        return name
    }

    /// The activation is named after its node, and its result is the output that the file names.
    private mutating func addActivation(
        _ activation: WrittenActivation, of value: ValueID, node: String, output: String
    ) throws(OsteonError) -> ValueID {
        let name = fresh("\(node).\(activation.name)", node: true)
        var inputs: [ValueID?] = [value]
        for (role, number) in activation.arguments {
            let tensor = try Tensor([number], shape: []).converted(to: graph.type(value).elementType)
            inputs.append(graph.addConstant(fresh("\(name).\(role)"), tensor))
        }
        return try graph.add(activation.op, inputs, name: name, outputNames: [output])[0]
    }
}
