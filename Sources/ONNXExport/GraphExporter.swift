import Bytes
import GraphIR
import Operators
import Tensors
import WireFormats

/// Turns a graph into ONNX nodes and constants, node by node.
final class GraphExporter {
    /// What has been made so far; a value, so that a rule's work can be undone.
    private struct State {
        var nodes: [Onnx_NodeProto] = []
        var initializers: [(name: String, tensor: Tensor)] = []
        var written: Set<String> = []
    }

    let graph: Graph
    let opset: Int
    private var state = State()
    private var valueNames: Set<String> = []
    private var nodeNames: Set<String> = []
    /// The constants of the graph by name; written once a node reads them.
    private var constants: [String: Tensor] = [:]
    /// For a constant with the very elements of another one, that one's name.
    private var sharedNames: [String: String] = [:]

    init(_ graph: Graph, opset: Int) {
        self.graph = graph
        self.opset = opset
        for id in graph.valueIDs { valueNames.insert(graph[id].name) }
        for id in graph.nodeIDs { nodeNames.insert(graph[id].name) }
        collectConstants()
    }

    var nodes: [Onnx_NodeProto] { state.nodes }
    var initializers: [(name: String, tensor: Tensor)] { state.initializers }

    func run() throws(OsteonError) {
        for id in try graph.topologicalOrder() { try export(id) }
        for output in graph.outputs where graph.constant(output) != nil { use(graph[output].name) }
    }

    private struct Place: Hashable {
        var storage: ObjectIdentifier
        var offset: Int
        var type: TensorType
    }

    private func collectConstants() {
        var first: [Place: String] = [:]
        for id in graph.valueIDs {
            guard let tensor = graph.constant(id) else { continue }
            constants[graph[id].name] = tensor
            let place = Place(storage: ObjectIdentifier(tensor.storage), offset: tensor.byteOffset, type: tensor.type)
            if let other = first[place] { sharedNames[graph[id].name] = other } else { first[place] = graph[id].name }
        }
    }

    // MARK: Nodes

    private func export(_ id: NodeID) throws(OsteonError) {
        let node = graph[id]
        let op = node.op
        try locating("node \(node.name) (\(type(of: op).id))") { () throws(OsteonError) in
            let inputs = node.inputs.map { $0.map(operand) }
            var outputs: [Operand?] = []
            for output in node.outputs { outputs.append(graph.contains(output) && graph.producer(output) == id ? operand(output) : nil) }
            let hasHalf = (inputs + outputs).contains { $0?.elementType.isHalf == true }
            guard hasHalf else { return try apply(op, inputs, outputs, name: node.name) }
            let saved = state
            do throws(OsteonError) {
                try apply(op, inputs, outputs, name: node.name)
            } catch  where error.code == .unsupported {
                // 16-bit floats are computed in `f32` anyway: spell that where ONNX doesn't take them.
                state = saved
                try applyWidened(op, inputs, outputs, name: node.name)
            }
        }
    }

    private func operand(_ id: ValueID) -> Operand {
        Operand(name: graph[id].name, type: graph.type(id), constant: graph.constant(id))
    }

    /// Writes `op` by its rule.
    func apply(_ op: any Operator, _ inputs: [Operand?], _ outputs: [Operand?], name: String) throws(OsteonError) {
        let id = type(of: op).id
        if let reason = ExportRules.notExpressible[id] { throw OsteonError(.unsupported, "ONNX can't express \(id): \(reason)") }
        guard let rule = ExportRules.all[id] else { throw OsteonError(.unsupported, "There's no rule to write \(id) as ONNX.") }
        try rule(ExportNode(exporter: self, name: name, op: op, inputs: inputs, outputs: outputs))
    }

    private func applyWidened(_ op: any Operator, _ inputs: [Operand?], _ outputs: [Operand?], name: String) throws(OsteonError) {
        var wide: [Operand?] = []
        var results: [Operand?] = []
        var pending: [(from: Operand, to: Operand)] = []
        for input in inputs {
            guard let input, input.elementType.isHalf else {
                wide.append(input)
                continue
            }
            let widened = Operand(
                name: uniqueValueName("\(input.name).f32"), type: TensorType(.f32, input.type.shape),
                constant: try input.constant?.converted(to: .f32))
            try emit("Cast", [input], [widened.name], [.type("to", .f32)], name: "\(name).widen")
            wide.append(widened)
        }
        for output in outputs {
            guard let output, output.elementType.isHalf else {
                results.append(output)
                continue
            }
            let widened = Operand(name: uniqueValueName("\(output.name).f32"), type: TensorType(.f32, output.type.shape))
            results.append(widened)
            pending.append((widened, output))
        }
        try apply(op, wide, results, name: name)
        for (from, to) in pending { try emit("Cast", [from], [to.name], [.type("to", to.elementType)], name: "\(name).round") }
    }

    /// Adds one ONNX node.
    /// - Throws: `.unsupported` where the operator set lacks the operator or it doesn't take these types.
    func emit(
        _ type: String, _ inputs: [Operand?], _ outputs: [String], _ attributes: [Attribute], name: String
    ) throws(OsteonError) {
        var inputs = inputs
        var outputs = outputs
        while case .some(.none) = inputs.last { inputs.removeLast() }
        while outputs.last == "" { outputs.removeLast() }
        try OperatorVersions.require(type, inputs.map { $0?.elementType }, opset: opset)
        var node = Onnx_NodeProto()
        node.opType = type
        node.name = name
        node.input = inputs.map { $0.map { use($0.name) } ?? "" }
        node.output = outputs
        node.attribute = attributes
        state.nodes.append(node)
    }

    // MARK: Names and constants

    /// Notes that a value is read: a constant is then written.
    /// - Returns: the name to read it by.
    @discardableResult
    private func use(_ name: String) -> String {
        let isOutput = graph.outputs.contains { graph[$0].name == name }
        let name = isOutput ? name : sharedNames[name] ?? name
        if let tensor = constants[name], state.written.insert(name).inserted { state.initializers.append((name, tensor)) }
        return name
    }

    func uniqueValueName(_ base: String) -> String { Self.unique(base, &valueNames) }
    func uniqueNodeName(_ base: String) -> String { Self.unique(base, &nodeNames) }

    private static func unique(_ base: String, _ taken: inout Set<String>) -> String {
        var name = base
        var number = 1
        while !taken.insert(name).inserted {
            name = "\(base)_\(number)"
            number += 1
        }
        return name
    }

    /// A constant that isn't the graph's.
    func addConstant(_ name: String, _ tensor: Tensor) -> Operand {
        let name = uniqueValueName(name)
        constants[name] = tensor
        return Operand(name: name, type: tensor.type, constant: tensor)
    }
}
