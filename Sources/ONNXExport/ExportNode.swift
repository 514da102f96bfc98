import Bytes
import GraphIR
import Operators
import Tensors

/// What a rule makes of one operator: reads its attributes and inputs and emits ONNX nodes that make its outputs.
typealias ExportRule = @Sendable (ExportNode) throws(OsteonError) -> Void

/// One operator on its way into an ONNX graph.
struct ExportNode {
    let exporter: GraphExporter
    /// The operator's name, which the last of the nodes made for it gets.
    let name: String
    let op: any Operator
    let inputs: [Operand?]
    /// nil for an output nobody reads.
    let outputs: [Operand?]

    var opset: Int { exporter.opset }

    // MARK: Inputs

    func optional(_ index: Int) -> Operand? { index < inputs.count ? inputs[index] : nil }

    func input(_ index: Int) throws(OsteonError) -> Operand {
        guard let operand = optional(index) else { throw OsteonError(.invalidGraph, "Input \(index) is missing.") }
        return operand
    }

    func allInputs() throws(OsteonError) -> [Operand] {
        var result: [Operand] = []
        for index in inputs.indices { result.append(try input(index)) }
        return result
    }

    /// The value of an optional integer input.
    /// - Throws: `.unsupported` where it's computed.
    func integers(_ index: Int, _ what: String) throws(OsteonError) -> [Int]? {
        guard let operand = optional(index) else { return nil }
        guard let tensor = operand.constant else {
            throw OsteonError(
                .unsupported, "Its \(what) are computed, where ONNX needs constants here; give fixed shapes with \(Parameter.shape).")
        }
        return try tensor.integers()
    }

    /// An integer input as `i64`, which is all that ONNX takes for shapes and axes.
    func int64(_ index: Int, _ role: String) throws(OsteonError) -> Operand? {
        guard let operand = optional(index), operand.elementType != .i64 else { return optional(index) }
        if let tensor = operand.constant { return constant(try tensor.converted(to: .i64), role) }
        return try cast(operand, to: .i64, role)
    }

    func rank(_ operand: Operand) throws(OsteonError) -> Int {
        guard let rank = operand.rank else {
            throw OsteonError(.unsupported, "The rank of \(operand.name) isn't known; give it with \(Parameter.shape).")
        }
        return rank
    }

    // MARK: Requirements

    /// - Throws: `.unsupported` where the operator set is older.
    func require(opset needed: Int, for what: String) throws(OsteonError) {
        if opset < needed { throw OperatorVersions.missing(what, from: needed, opset) }
    }

    // MARK: Emitting

    /// The element type and shape of an output.
    func outputType(_ index: Int = 0) throws(OsteonError) -> TensorType {
        guard index < outputs.count, let output = outputs[index] else { throw OsteonError(.internalFault, "Output \(index) isn't read.") }
        return output.type
    }

    /// A name for values on the way to the first output; not yet unique.
    private func roleName(_ role: String) -> String { "\(outputs.lazy.compactMap { $0 }.first?.name ?? name).\(role)" }
    private func temporaryName(_ role: String) -> String { exporter.uniqueValueName(roleName(role)) }

    /// Emits the ONNX node that makes the operator's outputs.
    func finish(_ type: String, _ inputs: [Operand?], _ attributes: [Attribute] = []) throws(OsteonError) {
        try exporter.emit(type, inputs, outputs.map { $0?.name ?? "" }, attributes, name: name)
    }

    /// Emits an ONNX node on the way.
    /// - Parameters:
    ///   - role: part of the value's name.
    ///   - result: its type; that of the first input where left out, its shape unknown.
    func emit(
        _ type: String, _ inputs: [Operand?], _ attributes: [Attribute] = [], role: String? = nil, result: TensorType? = nil
    ) throws(OsteonError) -> Operand {
        let role = role ?? type
        let first = inputs.lazy.compactMap { $0 }.first
        let operand = Operand(name: temporaryName(role), type: result ?? TensorType(first?.elementType ?? .f32, nil))
        try exporter.emit(type, inputs, [operand.name], attributes, name: exporter.uniqueNodeName("\(name).\(role)"))
        return operand
    }

    /// Writes another operator by its own rule, its result being this one's output.
    func finish(_ op: any Operator, _ inputs: [Operand?]) throws(OsteonError) {
        try exporter.apply(op, inputs, outputs, name: name)
    }

    /// Writes another operator by its own rule, on the way.
    func apply(_ op: any Operator, _ inputs: [Operand?], role: String? = nil, result: TensorType? = nil) throws(OsteonError) -> Operand {
        let role = role ?? type(of: op).id
        let first = inputs.lazy.compactMap { $0 }.first
        let operand = Operand(name: temporaryName(role), type: result ?? TensorType(first?.elementType ?? .f32, first?.type.shape))
        try exporter.apply(op, inputs, [operand], name: exporter.uniqueNodeName("\(name).\(role)"))
        return operand
    }

    func constant(_ tensor: Tensor, _ role: String) -> Operand { exporter.addConstant(roleName(role), tensor) }

    /// A list of 64-bit integers: axes, a shape.
    func constant(_ values: [Int], _ role: String) throws(OsteonError) -> Operand {
        constant(try Tensor(values.map { Int64($0) }), role)
    }

    func scalar(_ value: Double, _ elementType: ElementType, _ role: String) throws(OsteonError) -> Operand {
        constant(try Tensor(scalar: value).converted(to: elementType), role)
    }

    func cast(_ operand: Operand, to elementType: ElementType, _ role: String = "Cast") throws(OsteonError) -> Operand {
        if operand.elementType == elementType { return operand }
        return try emit("Cast", [operand], [.type("to", elementType)], role: role, result: TensorType(elementType, operand.type.shape))
    }

    /// `operand` seen under a constant shape, with -1 and 0 as ONNX has them.
    func reshape(_ operand: Operand, _ shape: [Int], _ role: String) throws(OsteonError) -> Operand {
        if let tensor = operand.constant, !shape.contains(-1), !shape.contains(0) {
            return constant(try tensor.reshaped(shape), role)
        }
        return try emit(
            "Reshape", [operand, try constant(shape, "\(role).shape")], role: role,
            result: TensorType(operand.elementType, [Dimension](repeating: .unknown, count: shape.count)))
    }

    /// The shape of `operand` for a `Reshape`: a constant where it's fixed.
    func shape(of operand: Operand) throws(OsteonError) -> Operand {
        if let shape = operand.type.fixedShape { return try constant(shape, "shape") }
        return try emit("Shape", [operand], role: "shape", result: TensorType(.i64, [operand.rank.map { .fixed($0) } ?? .unknown]))
    }

    func binary(_ type: String, _ a: Operand, _ b: Operand, _ role: String? = nil) throws(OsteonError) -> Operand {
        try emit(type, [a, b], role: role, result: TensorType(a.elementType, nil))
    }
}

/// One entry of a family's table.
struct ExportEntry: Sendable {
    var id: String
    var rule: ExportRule

    /// The rule of an operator, with the operator at hand.
    init<Op: Operator>(_ type: Op.Type, _ rule: @escaping @Sendable (ExportNode, Op) throws(OsteonError) -> Void) {
        id = type.id
        self.rule = { (node) throws(OsteonError) in
            guard let op = node.op as? Op else { throw OsteonError(.internalFault, "\(Op.id) expected.") }
            try rule(node, op)
        }
    }

    /// An operator that means the same as one of ONNX's, input for input.
    static func same(_ type: any Operator.Type, _ name: String) -> ExportEntry {
        ExportEntry(id: type.id) { (node) throws(OsteonError) in try node.finish(name, node.inputs) }
    }

    private init(id: String, rule: @escaping ExportRule) {
        self.id = id
        self.rule = rule
    }
}
