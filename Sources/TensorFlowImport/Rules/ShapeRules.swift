import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Shapes: changing, reading and making them; what passes its input through; conversions.
enum ShapeRules {
    static let table: [String: ImportRule] = [
        "Identity": pass, "ReadVariableOp": pass, "Snapshot": pass, "StopGradient": pass, "PreventGradient": pass, "CheckNumerics": pass,
        "EnsureShape": pass, "PlaceholderWithDefault": pass, "IdentityN": passAll, "Print": pass, "LegacyPrint": pass,
        "CheckNumericsV2": pass, "DeepCopy": pass, "GuaranteeConst": pass, "RefIdentity": pass, "Copy": pass, "CopyHost": pass,
        "Reshape": reshape, "Squeeze": squeeze, "ExpandDims": expandDimensions,
        "Shape": shape, "ShapeN": shapes, "Size": size, "Rank": rank, "Cast": cast,
        "Fill": fill, "BroadcastTo": broadcast, "Range": range,
        "OnesLike": { (node, builder) throws(OsteonError) in try constantLike(node, builder, 1) },
        "ZerosLike": { (node, builder) throws(OsteonError) in try constantLike(node, builder, 0) },
    ]

    private static func pass(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try node.input(0)]
    }

    private static func passAll(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        node.inputs
    }

    private static func reshape(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        let parts = try builder.partial(node.input(1))
        if let parts, let result = try ReshapePatterns.recognize(x, parts, builder) { return [result] }
        let (shape, allowsZero) = try builder.reshapeInput(node.input(1), of: x)
        let result = try builder.result(Reshape(allowZero: allowsZero), [x, shape])
        if let parts, builder.graph.constant(result) == nil {
            builder.noteExtents(parts, of: result)
            builder.factors[result] = builder.axisFactors(x, reshapedTo: parts)
        }
        return [result]
    }

    private static func squeeze(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let axes = try node.attributes.ints("squeeze_dims") + node.attributes.ints("axis")
        guard !axes.isEmpty else { return [try builder.result(Squeeze(), [node.input(0)])] }
        return [try builder.result(Squeeze(), [node.input(0), builder.integers(axes, "axes")])]
    }

    private static func expandDimensions(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        let axes = try builder.axes(node.input(1))
        let result = try builder.result(Unsqueeze(), [x, axes])
        if var factors = builder.axisFactors(x), let given = try builder.graph.constant(axes)?.integers(), given.count == 1 {
            let place = given[0] < 0 ? given[0] + factors.axes.count + 1 : given[0]
            guard place >= 0, place <= factors.axes.count, builder.graph.constant(result) == nil else { return [result] }
            factors.axes.insert([], at: place)
            builder.factors[result] = factors
        }
        return [result]
    }

    private static func shape(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let type = try node.attributes.type("out_type") ?? .i32
        guard type != .i64 else { return [try builder.result(ShapeOf(), [node.input(0)])] }
        return [try builder.result(Cast(elementType: type), [builder.step("i64", ShapeOf(), [node.input(0)])])]
    }

    private static func shapes(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let type = try node.attributes.type("out_type") ?? .i32
        var results: [ValueID] = []
        for (index, input) in node.inputs.enumerated() {
            let shape = try builder.step("shape_\(index)", ShapeOf(), [input])
            let part = "shape_\(index)_\(type.rawValue)"
            results.append(type == .i64 ? shape : try builder.step(part, Cast(elementType: type), [shape]))
        }
        return results
    }

    private static func size(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let type = try node.attributes.type("out_type") ?? .i32
        return [try builder.result(Cast(elementType: type), [builder.step("i64", Size(), [node.input(0)])])]
    }

    private static func rank(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        if let rank = builder.graph.type(x).rank {
            return [builder.constant(try Tensor(scalar: Int32(rank)), "rank")]
        }
        let size = try builder.step("size", Size(), [builder.step("shape", ShapeOf(), [x])])
        return [try builder.result(Cast(elementType: .i32), [size])]
    }

    private static func cast(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        guard let type = try node.attributes.type("DstT") else {
            throw OsteonError(.malformed, "The attribute DstT is missing.")
        }
        if builder.graph.type(x).elementType == type { return [x] }
        return [try builder.result(Cast(elementType: type), [x])]
    }

    private static func fill(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Expand(), [node.input(1), builder.asInt64(node.input(0))])]
    }

    private static func broadcast(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Expand(), [node.input(0), builder.asInt64(node.input(1))])]
    }

    private static func range(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(NumericRange(), [node.input(0), node.input(1), node.input(2)])]
    }

    private static func constantLike(
        _ node: RuleNode, _ builder: GraphBuilder, _ value: Double
    ) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        var op = ConstantOfShape()
        op.elementType = builder.graph.type(x).elementType
        op.value = value
        return [try builder.result(op, [builder.step("shape", ShapeOf(), [x])])]
    }
}
