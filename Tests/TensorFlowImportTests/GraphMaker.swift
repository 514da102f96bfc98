import Foundation
import SwiftProtobuf
import TensorFlowImport
import TestSupport
import WireFormats

/// Makes small GraphDefs in memory.
struct GraphMaker {
    var graph = Tensorflow_GraphDef()

    enum Attribute {
        case int(Int)
        case ints([Int])
        case float(Double)
        case bool(Bool)
        case string(String)
        case function(String)
        case type(Tensorflow_DataType)
        case types([Tensorflow_DataType])
        case shape([Int]?)
        case tensor(Tensorflow_TensorProto)
    }

    mutating func add(
        _ operation: String, _ name: String, _ inputs: [String] = [], _ attributes: [String: Attribute] = [:]
    ) {
        graph.node.append(Self.node(operation, name, inputs, attributes))
    }

    static func node(
        _ operation: String, _ name: String, _ inputs: [String] = [], _ attributes: [String: Attribute] = [:]
    ) -> Tensorflow_NodeDef {
        var node = Tensorflow_NodeDef()
        node.op = operation
        node.name = name
        node.input = inputs
        node.attr = attributes.mapValues(value)
        return node
    }

    private static func value(_ attribute: Attribute) -> Tensorflow_AttrValue {
        var result = Tensorflow_AttrValue()
        switch attribute {
        case .int(let number): result.i = Int64(number)
        case .ints(let numbers): result.list.i = numbers.map { Int64($0) }
        case .float(let number): result.f = Float(number)
        case .bool(let flag): result.b = flag
        case .string(let text): result.s = Data(text.utf8)
        case .function(let name): result.func.name = name
        case .type(let type): result.type = type
        case .types(let types): result.list.type = types
        case .shape(let shape): result.shape = Self.shape(shape)
        case .tensor(let tensor): result.tensor = tensor
        }
        return result
    }

    static func shape(_ extents: [Int]?) -> Tensorflow_TensorShapeProto {
        var result = Tensorflow_TensorShapeProto()
        result.unknownRank = extents == nil
        for extent in extents ?? [] {
            var dimension = Tensorflow_TensorShapeProto.Dim()
            dimension.size = Int64(extent)
            result.dim.append(dimension)
        }
        return result
    }

    // MARK: Shorthand

    mutating func placeholder(_ name: String, _ shape: [Int]?, _ type: Tensorflow_DataType = .dtFloat) {
        add("Placeholder", name, [], ["dtype": .type(type), "shape": .shape(shape)])
    }

    mutating func constant(_ name: String, _ values: [Float], _ shape: [Int]) {
        add("Const", name, [], ["dtype": .type(.dtFloat), "value": .tensor(Self.floats(values, shape))])
    }

    mutating func constant(_ name: String, integers: [Int], _ shape: [Int]? = nil) {
        var tensor = Tensorflow_TensorProto()
        tensor.dtype = .dtInt32
        tensor.tensorShape = Self.shape(shape ?? [integers.count])
        tensor.intVal = integers.map { Int32($0) }
        add("Const", name, [], ["dtype": .type(.dtInt32), "value": .tensor(tensor)])
    }

    mutating func constant(_ name: String, _ flag: Bool) {
        var tensor = Tensorflow_TensorProto()
        tensor.dtype = .dtBool
        tensor.tensorShape = Self.shape([])
        tensor.boolVal = [flag]
        add("Const", name, [], ["dtype": .type(.dtBool), "value": .tensor(tensor)])
    }

    static func floats(_ values: [Float], _ shape: [Int]) -> Tensorflow_TensorProto {
        var tensor = Tensorflow_TensorProto()
        tensor.dtype = .dtFloat
        tensor.tensorShape = Self.shape(shape)
        tensor.tensorContent = values.withUnsafeBytes { Data($0) }
        return tensor
    }

    // MARK: Importing

    func imported(_ options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        try Self.imported(graph.serializedData(), options)
    }

    static func imported(_ bytes: Data, _ options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        try withTemporaryFolder { folder in
            let path = folder + "/graph.pb"
            try bytes.write(to: URL(fileURLWithPath: path))
            let model = try FrozenGraphImporter().importModel(path: path, options: options)
            try model.graph.verify()
            return model
        }
    }

    /// What the error says that importing throws.
    func failure(_ options: ImportOptions = ImportOptions()) -> OsteonError? {
        do {
            _ = try imported(options)
            return nil
        } catch {
            return error as? OsteonError
        }
    }
}

extension ImportedModel {
    /// The operators by id, in topological order.
    var operators: [String] {
        ((try? graph.topologicalOrder()) ?? []).map { Swift.type(of: graph[$0].op).id }
    }

    var inputNames: [String] { graph.inputs.map { graph[$0].name } }
    var outputNames: [String] { graph.outputs.map { graph[$0].name } }

    func operators<T: Operator>(_: T.Type) -> [T] {
        graph.nodeIDs.compactMap { graph[$0].op as? T }
    }
}
