import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// What operator sets 1 to 6 had otherwise: broadcasting asked for by attributes, and operators that never left the experimental stage.
enum LegacyRules {
    /// The operator set from which shapes broadcast by themselves, from the last axis on.
    static let broadcastingVersion = 7

    static let table: [String: ImportRule] = [
        "Affine": { (node) throws(OsteonError) in
            try scaled(node, try node.input(0), by: node.number("alpha", 1), plus: node.number("beta", 0))
        },
        "Scale": { (node) throws(OsteonError) in try scaled(node, try node.input(0), by: node.number("scale", 1), plus: 0) },
        "ImageScaler": imageScaler,
        "ScaledTanh": { (node) throws(OsteonError) in
            let inner = try node.add(Multiply(), [try node.input(0), try factor(node, "beta")], "scaled")
            return try node.finish(Multiply(), [try node.add(Tanh(), [inner]), try factor(node, "alpha")])
        },
        "ParametricSoftplus": { (node) throws(OsteonError) in
            let inner = try node.add(Multiply(), [try node.input(0), try factor(node, "beta")], "scaled")
            return try node.finish(Multiply(), [try node.add(Softplus(), [inner]), try factor(node, "alpha")])
        },
        "ConstantFill": constantFill, "GivenTensorFill": givenTensorFill, "Crop": crop,
    ]

    /// A rule for an operator of two inputs, the second of which is broadcast.
    static func broadcasting(_ op: any Operator) -> ImportRule {
        { (node) throws(OsteonError) in
            guard node.version < broadcastingVersion else { return try node.finish(op, node.inputs) }
            let isBroadcast = try node.flag("broadcast")
            let axis = try node.integer("axis")
            let a = try node.input(0)
            let b = try node.input(1)
            guard isBroadcast, let axis else { return try node.finish(op, [a, b]) }
            return try node.finish(op, [a, try aligned(node, b, with: a, at: axis)])
        }
    }

    /// `b`, whose first axis belongs to axis `axis` of `a`, with axes of one place for those of `a` behind its own.
    static func aligned(_ node: NodeContext, _ b: ValueID, with a: ValueID, at axis: Int) throws(OsteonError) -> ValueID {
        // A single element goes anywhere.
        if let shape = node.type(b).fixedShape, shape.allSatisfy({ $0 == 1 }) {
            return shape.isEmpty ? b : try node.reshape(b, [], "scalar")
        }
        let rank = try node.knownRank(a)
        let own = try node.knownRank(b)
        let first = axis < 0 ? axis + rank : axis
        let trailing = rank - first - own
        guard first >= 0, trailing >= 0 else {
            throw OsteonError(.malformed, "Its second input, of rank \(own), doesn't fit axis \(axis) of the first, of rank \(rank).")
        }
        if trailing == 0 { return b }
        return try node.add(Unsqueeze(), [b, try node.constant(Array(own..<own + trailing), "axes")], "aligned")
    }

    // MARK: Experimental operators

    private static func factor(_ node: NodeContext, _ name: String) throws(OsteonError) -> ValueID {
        try node.scalar(try node.number(name, 1), node.type(try node.input(0)).elementType, name)
    }

    private static func scaled(_ node: NodeContext, _ x: ValueID, by scale: Double, plus shift: Double) throws(OsteonError) -> [ValueID] {
        let type = node.type(x).elementType
        let product = try node.add(Multiply(), [x, try node.scalar(scale, type, "scale")], "scaled")
        return try node.finish(Add(), [product, try node.scalar(shift, type, "shift")])
    }

    /// `scale · x + bias`, a bias a channel of N C H W.
    private static let imageScaler: ImportRule = { (node) throws(OsteonError) in
        let x = try node.input(0)
        let type = node.type(x).elementType
        let product = try node.add(Multiply(), [x, try node.scalar(try node.number("scale", 1), type, "scale")], "scaled")
        guard let bias = try node.numbers("bias") else { return try node.finish(Identity(), [product]) }
        let tensor = try Tensor(bias, shape: [bias.count, 1, 1]).converted(to: type)
        return try node.finish(Add(), [product, node.constant(tensor, "bias")])
    }

    private static let constantFill: ImportRule = { (node) throws(OsteonError) in
        var op = ConstantOfShape()
        op.elementType = try node.elementType("dtype") ?? .f32
        op.value = try node.number("value", 0)
        let shape: ValueID
        if let given = node.optional(0) {
            shape = try node.flag("input_as_shape") ? node.cast(given, to: .i64, "shape") : node.shape(of: given)
        } else {
            shape = try node.constant(try node.integers("shape") ?? [], "shape")
        }
        guard let extra = try node.integers("extra_shape"), !extra.isEmpty else { return try node.finish(op, [shape]) }
        return try node.finish(op, [try node.add(Concat(axis: 0), [shape, try node.constant(extra, "extra_shape")], "whole_shape")])
    }

    private static let givenTensorFill: ImportRule = { (node) throws(OsteonError) in
        guard let values = try node.numbers("values"), let shape = try node.integers("shape"), !node.has(0) else {
            throw OsteonError(.unsupported, "Its values or shape aren't given by attributes.")
        }
        guard shape.allSatisfy({ $0 >= 0 }), try Checked.product(shape) == values.count else {
            throw OsteonError(.malformed, "It has \(values.count) values for the shape \(shape.prefix(8)).")
        }
        return [node.importer.graph.addConstant(node.outputName(), try Tensor(values, shape: shape))]
    }

    /// Cuts `border` (left, top, right, bottom) off the two last axes of N C H W; with `scale` (height, width) just that much is kept.
    private static let crop: ImportRule = { (node) throws(OsteonError) in
        guard let border = try node.integers("border"), border.count == 4, border.allSatisfy({ $0 >= 0 }) else {
            throw OsteonError(.malformed, "Attribute border isn't left, top, right and bottom.")
        }
        var ends = [border[3] == 0 ? Int.max : -border[3], border[2] == 0 ? Int.max : -border[2]]
        if let scale = try node.integers("scale"), !scale.isEmpty {
            guard scale.count == 2, scale.allSatisfy({ $0 > 0 }) else {
                throw OsteonError(.malformed, "Attribute scale isn't height and width.")
            }
            ends = [try Checked.add(border[1], scale[0]), try Checked.add(border[0], scale[1])]
        }
        return try node.finish(
            Slice(),
            [
                try node.input(0), try node.constant([border[1], border[0]], "starts"), try node.constant(ends, "ends"),
                try node.constant([2, 3], "axes"),
            ])
    }
}
