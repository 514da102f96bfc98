import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// What a rule makes of one ONNX node: gets its attributes and inputs, adds operators, and gives back the node's outputs.
typealias ImportRule = @Sendable (NodeContext) throws(OsteonError) -> [ValueID]

/// One ONNX node on its way into the graph.
final class NodeContext {
    let importer: GraphImporter
    let scope: Scope
    let node: Onnx_NodeProto
    /// The version of the node's operator set.
    let version: Int
    let inputs: [ValueID?]
    /// How many outputs the rule must give back: up to the last one with a name, one at least.
    let outputCount: Int
    private let attributes: [String: Onnx_AttributeProto]
    private var unread: Set<String>

    init(
        importer: GraphImporter, scope: Scope, node: Onnx_NodeProto, version: Int, inputs: [ValueID?],
        attributes: [String: Onnx_AttributeProto]
    ) {
        self.importer = importer
        self.scope = scope
        self.node = node
        self.version = version
        self.inputs = inputs
        self.attributes = attributes
        unread = Set(attributes.keys)
        outputCount = max(1, (node.output.lastIndex { !$0.isEmpty } ?? 0) + 1)
    }

    /// The attributes the rule didn't ask for.
    var unreadAttributes: [String] { unread.sorted() }

    /// Whether output `index` is wanted.
    func wants(_ index: Int) -> Bool { index < node.output.count && !node.output[index].isEmpty }

    // MARK: Inputs

    func has(_ index: Int) -> Bool { optional(index) != nil }
    func optional(_ index: Int) -> ValueID? { index < inputs.count ? inputs[index] : nil }

    func input(_ index: Int) throws(OsteonError) -> ValueID {
        guard let value = optional(index) else { throw OsteonError(.malformed, "Input \(index) is missing.") }
        return value
    }

    /// All inputs of a variadic operator.
    func allInputs() throws(OsteonError) -> [ValueID] {
        var result: [ValueID] = []
        for index in inputs.indices { result.append(try input(index)) }
        guard !result.isEmpty else { throw OsteonError(.malformed, "It has no inputs.") }
        return result
    }

    func type(_ value: ValueID) -> TensorType { importer.graph.type(value) }
    func rank(_ value: ValueID) -> Int? { type(value).rank }

    /// The rank of input 0, which the node's meaning depends on.
    func knownRank(_ value: ValueID) throws(OsteonError) -> Int {
        guard let rank = rank(value) else {
            throw OsteonError(
                .unsupported, "The rank of its input isn't known; `\(Parameter.input) NAME:SHAPE` gives the shape of an input.")
        }
        return rank
    }

    /// The value of an input, where it's a constant.
    func constant(_ index: Int) -> Tensor? { importer.graph.constant(optional(index)) }

    /// The value of an integer input that must be a constant; nil where it's left out.
    func constantIntegers(_ index: Int, _ what: String) throws(OsteonError) -> [Int]? {
        guard has(index) else { return nil }
        guard let tensor = constant(index) else {
            throw OsteonError(.unsupported, "Its \(what) are computed; only constant ones are supported here.")
        }
        return try tensor.integers()
    }

    // MARK: Attributes

    private func attribute(_ name: String, _ type: Onnx_AttributeProto.AttributeType) throws(OsteonError) -> Onnx_AttributeProto? {
        guard let attribute = attributes[name] else { return nil }
        unread.remove(name)
        guard attribute.type == type || attribute.type == .undefined else {
            throw OsteonError(.malformed, "Attribute \(name) is of type \(attribute.type), not \(type).")
        }
        return attribute
    }

    func hasAttribute(_ name: String) -> Bool { attributes[name] != nil }

    /// Marks an attribute as understood where its value makes no difference.
    func ignoreAttribute(_ name: String) { unread.remove(name) }

    func integer(_ name: String) throws(OsteonError) -> Int? {
        guard let attribute = try attribute(name, .int) else { return nil }
        return try Checked.int(attribute.i)
    }

    func integer(_ name: String, _ otherwise: Int) throws(OsteonError) -> Int { try integer(name) ?? otherwise }
    func flag(_ name: String, _ otherwise: Bool = false) throws(OsteonError) -> Bool {
        try integer(name).map { $0 != 0 } ?? otherwise
    }

    func integers(_ name: String) throws(OsteonError) -> [Int]? {
        guard let attribute = try attribute(name, .ints) else { return nil }
        var result: [Int] = []
        for value in attribute.ints { result.append(try Checked.int(value)) }
        return result
    }

    func number(_ name: String) throws(OsteonError) -> Double? {
        try attribute(name, .float).map { Double($0.f) }
    }

    /// A float attribute; the default, written as in the standard, is rounded to `f32` as a given value would be.
    func number(_ name: String, _ otherwise: Double) throws(OsteonError) -> Double {
        try number(name) ?? Double(Float(otherwise))
    }

    func numbers(_ name: String) throws(OsteonError) -> [Float]? { try attribute(name, .floats)?.floats }

    func text(_ name: String) throws(OsteonError) -> String? {
        guard let attribute = try attribute(name, .string) else { return nil }
        return try text(attribute.s, of: name)
    }

    func texts(_ name: String) throws(OsteonError) -> [String]? {
        guard let attribute = try attribute(name, .strings) else { return nil }
        var result: [String] = []
        for value in attribute.strings { result.append(try text(value, of: name)) }
        return result
    }

    private func text(_ bytes: some Sequence<UInt8>, of name: String) throws(OsteonError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw OsteonError(.malformed, "Attribute \(name) isn't valid UTF-8.")
        }
        return text
    }

    func text(_ name: String, _ otherwise: String) throws(OsteonError) -> String { try text(name) ?? otherwise }

    func tensor(_ name: String) throws(OsteonError) -> Tensor? {
        guard let attribute = try attribute(name, .tensor) else { return nil }
        return try importer.decoder.tensor(attribute.t)
    }

    func graph(_ name: String) throws(OsteonError) -> Onnx_GraphProto {
        guard let attribute = try attribute(name, .graph) else {
            throw OsteonError(.malformed, "Attribute \(name), a graph, is missing.")
        }
        return attribute.g
    }

    /// An element type given as an integer attribute.
    func elementType(_ name: String) throws(OsteonError) -> ElementType? {
        guard let number = try integer(name) else { return nil }
        return try ElementType(onnx: Int32(truncatingIfNeeded: number), of: "Attribute \(name)")
    }

    /// The value of a string attribute as one of the cases of an operator's enumeration, by ONNX's names.
    func choice<T>(_ name: String, _ otherwise: String, _ cases: [String: T]) throws(OsteonError) -> T {
        let value = try text(name, otherwise)
        guard let result = cases[value] else {
            throw OsteonError(.unsupported, "Attribute \(name) is \"\(value)\"; known are \(cases.keys.sorted().joined(separator: ", ")).")
        }
        return result
    }
}
