import Bytes
import FoundationEssentials
import Glibc
import Tensors
import WireFormats

/// Attributes of ONNX nodes, by their types.
typealias Attribute = Onnx_AttributeProto

extension Onnx_AttributeProto {
    private init(_ name: String, _ type: AttributeType) {
        self.init()
        self.name = name
        self.type = type
    }

    static func int(_ name: String, _ value: Int) -> Self {
        var result = Self(name, .int)
        result.i = Int64(value)
        return result
    }

    static func flag(_ name: String, _ value: Bool) -> Self { int(name, value ? 1 : 0) }

    /// A number, rounded to `f32` as all of ONNX's are.
    static func float(_ name: String, _ value: Double) -> Self {
        var result = Self(name, .float)
        result.f = Float(value)
        return result
    }

    static func text(_ name: String, _ value: String) -> Self {
        var result = Self(name, .string)
        result.s = Data(value.utf8)
        return result
    }

    static func ints(_ name: String, _ values: [Int]) -> Self {
        var result = Self(name, .ints)
        result.ints = values.map { Int64($0) }
        return result
    }

    static func floats(_ name: String, _ values: [Double]) -> Self {
        var result = Self(name, .floats)
        result.floats = values.map { Float($0) }
        return result
    }

    static func texts(_ name: String, _ values: [String]) -> Self {
        var result = Self(name, .strings)
        result.strings = values.map { Data($0.utf8) }
        return result
    }

    /// An element type by its number.
    static func type(_ name: String, _ value: ElementType) -> Self { int(name, value.onnx.rawValue) }

    static func tensor(_ name: String, _ value: Tensor) -> Self {
        var result = Self(name, .tensor)
        result.t = Onnx_TensorProto(describing: value, name: "")
        result.t.rawData = value.bytes.data
        return result
    }
}

extension Onnx_TensorProto {
    /// Shape and type of a tensor, without its elements.
    init(describing tensor: Tensor, name: String) {
        self.init()
        self.name = name
        dims = tensor.shape.map { Int64($0) }
        dataType = Int32(tensor.elementType.onnx.rawValue)
    }
}
