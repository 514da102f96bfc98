import Foundation
import ONNXImport
import SwiftProtobuf
import TestSupport
import WireFormats

/// Makes small ONNX models in memory.
struct ModelMaker {
    var model = Onnx_ModelProto()

    init(opset: Int64 = 21) {
        model.irVersion = 10
        model.producerName = "test"
        model.graph.name = "g"
        model.opsetImport = [ModelMaker.opset("", opset)]
    }

    static func opset(_ domain: String, _ version: Int64) -> Onnx_OperatorSetIdProto {
        var result = Onnx_OperatorSetIdProto()
        result.domain = domain
        result.version = version
        return result
    }

    /// A dimension is a number, a name, or nil for one the file says nothing of.
    static func info(_ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Any?]?) -> Onnx_ValueInfoProto {
        var info = Onnx_ValueInfoProto()
        info.name = name
        var tensor = Onnx_TypeProto.Tensor()
        tensor.elemType = Int32(type.rawValue)
        if let shape {
            tensor.shape = Onnx_TensorShapeProto()
            for extent in shape {
                var dimension = Onnx_TensorShapeProto.Dimension()
                if let number = extent as? Int { dimension.dimValue = Int64(number) }
                if let label = extent as? String { dimension.dimParam = label }
                tensor.shape.dim.append(dimension)
            }
        }
        info.type.tensorType = tensor
        return info
    }

    mutating func input(_ name: String, _ shape: [Any?]? = nil, _ type: Onnx_TensorProto.DataType = .float) {
        model.graph.input.append(Self.info(name, type, shape))
    }

    mutating func output(_ name: String, _ shape: [Any?]? = nil, _ type: Onnx_TensorProto.DataType = .float) {
        model.graph.output.append(Self.info(name, type, shape))
    }

    mutating func constant(_ name: String, _ values: [Float], _ shape: [Int]? = nil) {
        model.graph.initializer.append(Self.tensor(name, values, shape))
    }

    mutating func constant(_ name: String, ints values: [Int], _ shape: [Int]? = nil) {
        model.graph.initializer.append(Self.tensor(name, ints: values, shape))
    }

    mutating func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Any] = [:], domain: String = "", name: String = ""
    ) {
        model.graph.node.append(Self.node(type, inputs, outputs, attributes, domain: domain, name: name))
    }

    static func tensor(_ name: String, _ values: [Float], _ shape: [Int]? = nil) -> Onnx_TensorProto {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
        tensor.dims = (shape ?? [values.count]).map { Int64($0) }
        tensor.rawData = values.withUnsafeBytes { Data($0) }
        return tensor
    }

    static func tensor(_ name: String, ints values: [Int], _ shape: [Int]? = nil) -> Onnx_TensorProto {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
        tensor.dims = (shape ?? [values.count]).map { Int64($0) }
        tensor.int64Data = values.map { Int64($0) }
        return tensor
    }

    /// A tensor of bytes; signed ones as their two's complement.
    static func tensor(_ name: String, bytes values: [UInt8], _ shape: [Int]? = nil, _ type: Onnx_TensorProto.DataType = .uint8)
        -> Onnx_TensorProto
    {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dataType = Int32(type.rawValue)
        tensor.dims = (shape ?? [values.count]).map { Int64($0) }
        tensor.rawData = Data(values)
        return tensor
    }

    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Any] = [:], domain: String = "", name: String = ""
    ) -> Onnx_NodeProto {
        var node = Onnx_NodeProto()
        node.opType = type
        node.input = inputs
        node.output = outputs
        node.domain = domain
        node.name = name
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) { node.attribute.append(attribute(key, value)) }
        return node
    }

    static func attribute(_ name: String, _ value: Any) -> Onnx_AttributeProto {
        var result = Onnx_AttributeProto()
        result.name = name
        switch value {
        case let value as Int: (result.i, result.type) = (Int64(value), .int)
        case let value as Float: (result.f, result.type) = (value, .float)
        case let value as String: (result.s, result.type) = (Data(value.utf8), .string)
        case let value as [Int]: (result.ints, result.type) = (value.map { Int64($0) }, .ints)
        case let value as [Float]: (result.floats, result.type) = (value, .floats)
        case let value as Onnx_TensorProto: (result.t, result.type) = (value, .tensor)
        case let value as Onnx_GraphProto: (result.g, result.type) = (value, .graph)
        default: break
        }
        return result
    }

    /// A graph for branches and loop bodies.
    static func graph(
        inputs: [Onnx_ValueInfoProto] = [], _ nodes: [Onnx_NodeProto], outputs: [String], constants: [Onnx_TensorProto] = []
    ) -> Onnx_GraphProto {
        var graph = Onnx_GraphProto()
        graph.name = "inner"
        graph.input = inputs
        graph.node = nodes
        graph.output = outputs.map { info($0, .float, nil) }
        graph.initializer = constants
        return graph
    }

    func bytes() throws -> Data { try model.serializedData() }

    func imported(_ options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        try ModelMaker.imported(bytes(), options)
    }

    static func imported(_ data: Data, _ options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        let bytes = [UInt8](data)
        return try ONNXImporter.importModel(bytes: SharedBytes(bytes), options: options)
    }

    /// Imports and runs the model on `f32` inputs given as (elements, shape).
    func run(_ inputs: [String: ([Float], [Int])], _ options: ImportOptions = ImportOptions()) throws -> [String: Tensor] {
        let imported = try imported(options)
        try imported.graph.verify()
        var tensors: [String: Tensor] = [:]
        for (name, (values, shape)) in inputs { tensors[name] = try Tensor(values, shape: shape) }
        return try imported.graph.evaluateReference(tensors)
    }
}

/// The code and text of the error `body` throws.
func failure(_ body: () throws -> Void) -> OsteonError? {
    do { try body() } catch { return error as? OsteonError }
    return nil
}
