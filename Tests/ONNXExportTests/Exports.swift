import Foundation
import ONNXExport
import ONNXImport
import SwiftProtobuf
import TestSupport
import WireFormats

/// Exports in memory, and what's in them.
enum Exports {
    static func message(_ graph: Graph, opset: Int = 17) throws -> Onnx_ModelProto {
        try Onnx_ModelProto(serializedBytes: ONNXExporter.export(graph, ONNXExportOptions(opset: opset)).encoded())
    }

    /// The graph written as ONNX and imported again.
    static func roundTrip(_ graph: Graph, opset: Int = 17) throws -> Graph {
        let bytes = try ONNXExporter.export(graph, ONNXExportOptions(opset: opset)).encoded()
        return try ONNXImporter.importModel(bytes: SharedBytes(bytes)).graph
    }

    /// A graph of one operator on one input.
    static func unary(_ op: any Operator, _ type: TensorType) throws -> Graph {
        var graph = Graph(name: "g")
        graph.setOutputs(try graph.add(op, [graph.addInput("x", type)], name: "it", outputNames: ["y"]))
        return graph
    }
}
