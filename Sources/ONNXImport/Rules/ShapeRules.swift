import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// Shapes seen, changed and made; conversions between element types.
enum ShapeRules {
    static let table: [String: ImportRule] = [
        "Reshape": { (node) throws(OsteonError) in
            var op = Reshape()
            guard node.version < 5 else {
                op.allowZero = try node.flag("allowzero")
                return try node.finish(op, node.inputs)
            }
            guard let shape = try node.integers("shape") else { throw OsteonError(.malformed, "Attribute shape is missing.") }
            return try node.finish(op, [try node.input(0), try node.constant(shape, "shape")])
        },
        "Flatten": { (node) throws(OsteonError) in
            var op = Flatten()
            op.axis = try node.integer("axis", 1)
            return try node.finish(op, node.inputs)
        },
        "Squeeze": { (node) throws(OsteonError) in
            try node.finish(Squeeze(), [try node.input(0), try node.axes("axes", input: 1)])
        },
        "Unsqueeze": { (node) throws(OsteonError) in
            try node.finish(Unsqueeze(), [try node.input(0), try node.axes("axes", input: 1)])
        },
        "Shape": { (node) throws(OsteonError) in
            var op = ShapeOf()
            op.start = try node.integer("start", 0)
            op.end = try node.integer("end")
            return try node.finish(op, node.inputs)
        },
        "Size": same(Size()), "Identity": same(Identity()), "Dropout": dropout,
        "Cast": { (node) throws(OsteonError) in
            // By name before version 6.
            let given = node.version < 6 ? try node.text("to").map(ElementType.init(onnxName:)) : try node.elementType("to")
            guard let elementType = given else { throw OsteonError(.malformed, "Attribute to is missing.") }
            return try cast(node, to: elementType)
        },
        "BitCast": { (node) throws(OsteonError) in
            guard let elementType = try node.elementType("to") else { throw OsteonError(.malformed, "Attribute to is missing.") }
            return try node.finish(BitCast(elementType), node.inputs)
        },
        "CastLike": { (node) throws(OsteonError) in try cast(node, to: node.type(try node.input(1)).elementType) },
        "Range": { (node) throws(OsteonError) in
            node.ignoreAttribute("stash_type")
            return try node.finish(NumericRange(), node.inputs)
        },
        "ConstantOfShape": { (node) throws(OsteonError) in
            var op = ConstantOfShape()
            if let value = try node.tensor("value") {
                guard value.count == 1 else { throw OsteonError(.malformed, "Attribute value has \(value.count) elements, not one.") }
                op.elementType = value.elementType
                op.value = try value.doubles()[0]
            }
            return try node.finish(op, node.inputs)
        },
        "Constant": constant,
    ]

    private static func cast(_ node: NodeContext, to elementType: ElementType) throws(OsteonError) -> [ValueID] {
        node.ignoreAttribute("round_mode")
        var op = Cast()
        op.elementType = elementType
        op.saturate = try node.flag("saturate", true)
        return try node.finish(op, [try node.input(0)])
    }

    /// Does nothing outside training; the mask then keeps everything.
    private static let dropout: ImportRule = { (node) throws(OsteonError) in
        for name in ["ratio", "seed", "is_test"] { node.ignoreAttribute(name) }
        let x = try node.input(0)
        if node.has(2) {
            guard let training = node.constant(2), try training.doubles().allSatisfy({ $0 == 0 }) else {
                throw OsteonError(.unsupported, "It may be in training mode; feed its training_mode input with 0 (constants).")
            }
        }
        let result = try node.importer.add(
            Identity(), [x], name: node.scope.prefix + node.node.name, outputNames: [node.outputName(0)])
        guard node.wants(1) else { return result }
        var mask = ConstantOfShape()
        mask.elementType = node.version < 10 ? node.type(x).elementType : .bool
        mask.value = 1
        let shape = try node.shape(of: x)
        return result + (try node.importer.add(mask, [shape], name: "", outputNames: [node.outputName(1)]))
    }

    private static let constant: ImportRule = { (node) throws(OsteonError) in
        let tensor: Tensor
        if let value = try node.tensor("value") {
            tensor = value
        } else if let value = try node.number("value_float") {
            tensor = try Tensor(scalar: Float(value))
        } else if let values = try node.numbers("value_floats") {
            tensor = try Tensor(values)
        } else if let value = try node.integer("value_int") {
            tensor = try Tensor(scalar: Int64(value))
        } else if let values = try node.integers("value_ints") {
            tensor = try Tensor(values.map { Int64($0) })
        } else {
            throw OsteonError(.unsupported, "Its value is a string, sparse or missing; only dense numbers are supported.")
        }
        return [node.importer.graph.addConstant(node.outputName(), tensor)]
    }
}
