import Bytes
import GraphIR
import Operators
import Tensors

/// Constants stored in a smaller form: what nodes make of constants alone, such as casts and dequantizations of weights, or an `Expand`
/// that folding left because its result would make the file bigger.
///
/// Such a value is computed when a kernel that reads it is prepared and let go again after that, unless the kernel keeps
/// reading it in every run; so that never all of a model's weights are in memory in their large form at once.
struct UnpackedConstants {
    /// What reports say of the nodes.
    static let reportName = "constant, unpacked at load"

    private var makers: [ValueID: NodeID] = [:]
    /// Values that stay: those some step reads in every run.
    private var kept: [ValueID: Tensor] = [:]

    func contains(_ value: ValueID) -> Bool { makers[value] != nil }

    /// Takes a node out of the steps where its result is a constant in a smaller form.
    mutating func take(_ id: NodeID, _ graph: Graph) -> Bool {
        let node = graph[id]
        guard node.outputs.count == 1, graph.type(node.outputs[0]).fixedShape != nil else { return false }
        guard node.inputs.allSatisfy({ $0.map { graph.constant($0) != nil || contains($0) } ?? true }) else { return false }
        makers[node.outputs[0]] = id
        return true
    }

    /// The value of a constant of either kind, or nil for another value.
    func value(_ id: ValueID?, _ graph: Graph, isa: InstructionSet, threads: Int) throws(OsteonError) -> Tensor? {
        guard let id else { return nil }
        if let constant = graph.constant(id) ?? kept[id] { return constant }
        guard let maker = makers[id] else { return nil }
        let node = graph[maker]
        var constants: [Tensor?] = []
        for input in node.inputs { constants.append(try value(input, graph, isa: isa, threads: threads)) }
        return try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
            try KernelTable.evaluate(
                NodeFacts(
                    name: node.name, op: node.op, inputs: node.inputs.map { $0.map { graph.type($0) } }, constants: constants,
                    outputs: node.outputs.map { graph.type($0) }, isa: isa, threads: threads))
        }
    }

    mutating func keep(_ id: ValueID, _ tensor: Tensor) { kept[id] = tensor }
}
