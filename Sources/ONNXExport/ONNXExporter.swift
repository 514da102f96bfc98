import Bytes
import GraphIR
import SwiftProtobuf
import Tensors
import WireFormats

/// How a graph is written as ONNX.
package struct ONNXExportOptions: Sendable {
    /// The operator sets that can be written.
    package static let opsets = OperatorVersions.opsets
    package static let standardOpset = 17

    package var opset = Self.standardOpset
    /// Whether weights go into a file of their own beside the model; nil for where the model would pass protobuf's 2 GiB.
    package var externalData: Bool?
    /// The program that writes, and its version.
    package var producer: (name: String, version: String) = ("osteon", "")
    /// Key-value pairs for the model's users, in order; keys are unique.
    package var metadata: [(key: String, value: String)] = []

    package init(opset: Int = Self.standardOpset) { self.opset = opset }
}

/// Writes portable graphs as ONNX models: names of nodes, values, inputs and outputs are kept, free dimensions are named.
package enum ONNXExporter {
    /// The model of `graph`, ready to be written.
    /// - Throws: `.usage` for an operator set that can't be written; `.unsupported`, with node and lowest operator set that can,
    ///   for what the one asked for can't express.
    package static func export(_ graph: Graph, _ options: ONNXExportOptions = ONNXExportOptions()) throws(OsteonError) -> ExportedModel {
        guard ONNXExportOptions.opsets.contains(options.opset) else {
            let known = ONNXExportOptions.opsets
            throw OsteonError(.usage, "Operator set \(options.opset) can't be written; \(known.lowerBound) to \(known.upperBound) can.")
        }
        var graph = graph
        graph.removeDeadCode()
        let exporter = GraphExporter(graph, opset: options.opset)
        try exporter.run()
        var body = Onnx_GraphProto()
        body.name = graph.name.isEmpty ? "graph" : graph.name
        body.node = exporter.nodes
        body.input = graph.inputs.map { Onnx_ValueInfoProto(graph[$0].name, graph.type($0)) }
        body.output = graph.outputs.map { Onnx_ValueInfoProto(graph[$0].name, graph.type($0)) }
        var model = Onnx_ModelProto()
        model.irVersion = Int64(OperatorVersions.fileVersion(of: options.opset))
        model.producerName = options.producer.name
        model.producerVersion = options.producer.version
        var operatorSet = Onnx_OperatorSetIdProto()
        operatorSet.version = Int64(options.opset)
        model.opsetImport = [operatorSet]
        model.metadataProps = options.metadata.map { pair in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = pair
            return entry
        }
        return ExportedModel(
            head: try bytes(of: model), body: try bytes(of: body), tensors: exporter.initializers, externalData: options.externalData,
            nodeCount: exporter.nodes.count)
    }

    private static func bytes(of message: some Message) throws(OsteonError) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            throw OsteonError(.limitExceeded, "The graph can't be written as a protobuf message: \(error).")
        }
    }
}

extension Onnx_ValueInfoProto {
    fileprivate init(_ name: String, _ type: TensorType) {
        self.init()
        self.name = name
        var tensor = Onnx_TypeProto.Tensor()
        tensor.elemType = Int32(type.elementType.onnx.rawValue)
        if let dimensions = type.shape {
            var shape = Onnx_TensorShapeProto()
            shape.dim = dimensions.map { dimension in
                var result = Onnx_TensorShapeProto.Dimension()
                switch dimension {
                case .fixed(let extent): result.dimValue = Int64(extent)
                case .free(let name): result.dimParam = name
                case .unknown: break
                }
                return result
            }
            tensor.shape = shape
        }
        self.type.tensorType = tensor
    }
}
