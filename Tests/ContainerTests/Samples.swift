import Container
import TestSupport

/// Small models that between them use what the format can say.
enum Samples {
    /// Two inputs with free extents, attributes, shared and equal weights, several element types, odd names.
    static func model() throws -> ModelFile {
        var graph = Graph(name: "sample \"net\" é")
        let x = graph.addInput("x", TensorType(.f32, [1, .free("D"), 3]))
        let mask = graph.addInput("mask", TensorType(.f32, [.unknown, .free("D"), 3]))
        let bias = graph.addConstant("bias", try Tensor([Float(0.5), -1, 2], shape: [3]))
        let same = graph.addConstant("same bias", try Tensor([Float(0.5), -1, 2], shape: [3]))
        let wide = graph.addConstant("wide", try Tensor(scalar: Double(2)))
        let scale = graph.addConstant("__metadata__", try Tensor([Float(3)], shape: [1]))
        let first = try graph.add(Add(), [x, bias], name: "first", outputNames: ["a/b:0"])
        let second = try graph.add(LeakyRelu(alpha: 0.25), first, name: "leaky")
        let third = try graph.add(Add(), [second[0], same], name: "third")
        let fourth = try graph.add(Add(), [third[0], mask], name: "fourth")
        let scaled = try graph.add(Add(), [fourth[0], scale], name: "scaled", outputNames: ["y"])
        let other = try graph.add(Relu(), [wide], name: "other", outputNames: ["constant output"])
        graph.addConstant("dead", try Tensor([Float](repeating: 9, count: 5)))
        graph.setOutputs([scaled[0], other[0]])
        return ModelFile(
            graph: graph, tool: "osteon test",
            provenance: Provenance(
                format: "onnx", producer: "pytorch 2",
                sources: [.init(name: "net.onnx", byteCount: 12, sha256: String(repeating: "0a", count: 32))],
                options: ["b": "2", "a": "1"], passes: [.init(id: "fold-constants", count: 3)], notes: ["a note"]),
            descriptions: ["x": PortDescription(text: "a scan", axes: ["N", "D", "C"], channels: ["T1", "T2", "FLAIR"])],
            verification: [.other(["kind": "reference", "maximum": .number(1e-6)])],
            metadata: ["preprocessing": "{\"spacing\":[1,1,1]}", "zeta": "plain text ä"])
    }

    /// One node, one weight of four bytes.
    static func tiny() throws -> ModelFile {
        var graph = Graph(name: "tiny")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1]))
        let y = try graph.add(Add(), [x, graph.addConstant("w", try Tensor([Float(2)]))], name: "sum", outputNames: ["y"])
        graph.setOutputs(y)
        return ModelFile(graph: graph, tool: "osteon test")
    }
}

/// Everything about a model that a file must keep, as text; weights by their bytes.
func summary(_ model: ModelFile) throws -> String {
    var graph = model.graph
    graph.removeDeadCode()
    var provenance = model.provenance
    provenance.options = [:]
    var lines = [graph.dump(), model.tool, "\(provenance)", "\(model.verification)"]
    lines += model.provenance.options.sorted { $0.key < $1.key }.map { "\($0)" }
    lines += model.descriptions.sorted { $0.key < $1.key }.map { "\($0)" }
    lines += model.metadata.sorted { $0.key < $1.key }.map { "\($0)" }
    for id in graph.valueIDs {
        guard let tensor = graph.constant(id) else { continue }
        lines.append("\(graph[id].name) \(tensor.type) \(SHA256Digest(of: tensor.bytes).hexadecimal)")
    }
    return lines.joined(separator: "\n")
}
