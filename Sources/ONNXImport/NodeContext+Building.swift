import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

extension NodeContext {
    /// The full name of output `index`, also for one without a name of its own.
    func outputName(_ index: Int = 0) -> String {
        if wants(index) { return scope.prefix + node.output[index] }
        let base = node.output.first { !$0.isEmpty } ?? node.name
        return "\(scope.prefix)\(base).output_\(index)"
    }

    /// Adds the operator that makes the node's outputs, under their own names.
    func finish(_ op: any Operator, _ arguments: [ValueID?], outputs: Int? = nil) throws(OsteonError) -> [ValueID] {
        let names = (0..<(outputs ?? outputCount)).map { outputName($0) }
        let name = node.name.isEmpty ? names[0] : scope.prefix + node.name
        return try importer.add(op, arguments, name: name, outputNames: names)
    }

    /// Adds an operator on the way to the node's outputs.
    /// - Parameter role: part of the value's name.
    func add(_ op: any Operator, _ arguments: [ValueID?], _ role: String? = nil) throws(OsteonError) -> ValueID {
        let role = role ?? Swift.type(of: op).id
        return try importer.add(op, arguments, name: "", outputNames: ["\(outputName()).\(role)"])[0]
    }

    /// Adds an operator with several outputs on the way to the node's.
    func addAll(_ op: any Operator, _ arguments: [ValueID?], outputs: Int) throws(OsteonError) -> [ValueID] {
        let role = Swift.type(of: op).id
        return try importer.add(op, arguments, name: "", outputNames: (0..<outputs).map { "\(outputName()).\(role)_\($0)" })
    }

    /// A constant on the way to the node's outputs.
    func constant(_ tensor: Tensor, _ role: String) -> ValueID {
        importer.graph.addConstant("\(outputName()).\(role)", tensor)
    }

    /// A list of 64-bit integers as a constant: axes, a shape.
    func constant(_ values: [Int], _ role: String) throws(OsteonError) -> ValueID {
        constant(try Tensor(values.map { Int64($0) }), role)
    }

    /// A scalar of a given type as a constant.
    func scalar(_ value: Double, _ elementType: ElementType, _ role: String) throws(OsteonError) -> ValueID {
        constant(try Tensor(scalar: value).converted(to: elementType), role)
    }

    /// `value` converted to another element type; itself where it has it.
    func cast(_ value: ValueID, to elementType: ElementType, _ role: String? = nil) throws(OsteonError) -> ValueID {
        guard type(value).elementType != elementType else { return value }
        var op = Cast()
        op.elementType = elementType
        return try add(op, [value], role)
    }

    /// `value` seen under a constant shape (with -1 and 0 as `Reshape` has them).
    func reshape(_ value: ValueID, _ shape: [Int], _ role: String? = nil) throws(OsteonError) -> ValueID {
        try add(Reshape(), [value, try constant(shape, "\(role ?? "Reshape").shape")], role)
    }

    /// The shape of `value`, or of a range of its axes, as integers.
    func shape(of value: ValueID, from start: Int = 0, to end: Int? = nil) throws(OsteonError) -> ValueID {
        var op = ShapeOf()
        op.start = start
        op.end = end
        return try add(op, [value])
    }

    /// A list of axes from an attribute (older versions) or from input `index` (newer ones).
    func axes(_ name: String, input index: Int) throws(OsteonError) -> ValueID? {
        if let value = optional(index) { return value }
        guard let axes = try integers(name) else { return nil }
        return try constant(axes, name)
    }

    /// A rule that chains a binary operator over all inputs.
    func chain(_ op: any Operator) throws(OsteonError) -> [ValueID] {
        let values = try allInputs()
        guard values.count > 1 else { return try finish(Identity(), values) }
        var result = values[0]
        for value in values[1..<values.count - 1] { result = try add(op, [result, value]) }
        return try finish(op, [result, values[values.count - 1]])
    }
}
