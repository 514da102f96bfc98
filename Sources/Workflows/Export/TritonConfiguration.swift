import Bytes
import GraphIR
import Tensors

/// `config.pbtxt`, by which a Triton inference server knows a model of its repository.
///
/// The fields are those of Triton's model configuration: `platform` says that ONNX Runtime runs `1/model.onnx`. Where all inputs and
/// outputs have one free first axis, the server may batch requests and `dims` leave that axis out; else `max_batch_size` is 0 and `dims`
/// are whole. An extent that's free is −1.
struct TritonConfiguration {
    private static let fileName = "config.pbtxt"

    /// The configuration's place for the model at `path`, which is in the folder of a version.
    static func path(for path: String) -> String { Paths.join(Paths.folder(of: Paths.folder(of: path)), fileName) }

    let text: String

    /// - Parameter outputShapes: of one run, for outputs whose rank the graph doesn't fix.
    init(name: String, graph: Graph, largestBatch: Int, outputShapes: [String: [Int]]) throws(OsteonError) {
        var ports: [(kind: String, name: String, type: ElementType, shape: [Dimension])] = []
        for (kind, ids) in [("input", graph.inputs), ("output", graph.outputs)] {
            for id in ids {
                let name = graph[id].name
                let type = graph.type(id)
                guard let shape = type.shape ?? outputShapes[name].map({ $0.map { _ in .unknown } }) else {
                    throw OsteonError(
                        .unsupported, "The rank of \(name) isn't known, which Triton needs; give shapes with \(Parameter.shape).")
                }
                ports.append((kind, name, type.elementType, shape))
            }
        }
        let isBatched = Self.isBatched(ports.map { ($0.kind, $0.shape) })
        var lines = [
            "name: \(Self.quoted(name))", "platform: \"onnxruntime_onnx\"", "max_batch_size: \(isBatched ? max(1, largestBatch) : 0)",
        ]
        for kind in ["input", "output"] {
            let entries = ports.filter { $0.kind == kind }.map { port in
                let extents = (isBatched ? Array(port.shape.dropFirst()) : port.shape).map { "\($0.fixed ?? -1)" }
                var fields = ["name: \(Self.quoted(port.name))", "data_type: \(Self.typeName(port.type))"]
                // A server knows no scalars: they're lists of one, reshaped.
                fields.append("dims: [ \(extents.isEmpty ? "1" : extents.joined(separator: ", ")) ]")
                if extents.isEmpty { fields.append("reshape: { shape: [ ] }") }
                return "  {\n" + fields.map { "    \($0)\n" }.joined() + "  }"
            }
            lines.append("\(kind) [\n" + entries.joined(separator: ",\n") + "\n]")
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    /// Whether the first axis of every port is one free batch. An output's may be unnamed.
    private static func isBatched(_ ports: [(kind: String, shape: [Dimension])]) -> Bool {
        guard let first = ports.first(where: { $0.kind == "input" })?.shape.first, case .free(let batch) = first else { return false }
        return ports.allSatisfy { port in
            switch port.shape.first {
            case .free(let name)?: name == batch && !port.shape.dropFirst().contains(.free(batch))
            case .unknown?: port.kind == "output"
            default: false
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func typeName(_ type: ElementType) -> String {
        switch type {
        case .f64: "TYPE_FP64"
        case .f32: "TYPE_FP32"
        case .f16: "TYPE_FP16"
        case .bf16: "TYPE_BF16"
        case .i64: "TYPE_INT64"
        case .i32: "TYPE_INT32"
        case .i16: "TYPE_INT16"
        case .i8: "TYPE_INT8"
        case .u64: "TYPE_UINT64"
        case .u32: "TYPE_UINT32"
        case .u16: "TYPE_UINT16"
        case .u8: "TYPE_UINT8"
        case .bool: "TYPE_BOOL"
        }
    }
}
