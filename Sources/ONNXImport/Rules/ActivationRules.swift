import Bytes
import GraphIR
import Operators
import Tensors

/// Activation functions and the softmax family.
enum ActivationRules {
    static let table: [String: ImportRule] = [
        "Relu": same(Relu()), "Sigmoid": same(Sigmoid()), "Softplus": same(Softplus()), "Softsign": same(Softsign()),
        "Mish": same(Mish()), "HardSwish": same(HardSwish()), "PRelu": prelu,
        "LeakyRelu": { (node) throws(OsteonError) in
            try node.finish(LeakyRelu(alpha: node.number("alpha", 0.01)), node.inputs)
        },
        "Elu": { (node) throws(OsteonError) in
            var op = Elu()
            op.alpha = try node.number("alpha", 1)
            return try node.finish(op, node.inputs)
        },
        "Celu": { (node) throws(OsteonError) in
            var op = Celu()
            op.alpha = try node.number("alpha", 1)
            return try node.finish(op, node.inputs)
        },
        "Selu": { (node) throws(OsteonError) in
            var op = Selu()
            // Version 1 had the numbers to four places.
            op.alpha = try node.number("alpha", node.version < 6 ? 1.6732 : 1.67326319217681884765625)
            op.gamma = try node.number("gamma", node.version < 6 ? 1.0507 : 1.05070102214813232421875)
            return try node.finish(op, node.inputs)
        },
        "HardSigmoid": { (node) throws(OsteonError) in
            var op = HardSigmoid()
            op.alpha = try node.number("alpha", 0.2)
            op.beta = try node.number("beta", 0.5)
            return try node.finish(op, node.inputs)
        },
        "ThresholdedRelu": { (node) throws(OsteonError) in
            var op = ThresholdedRelu()
            op.alpha = try node.number("alpha", 1)
            return try node.finish(op, node.inputs)
        },
        "Shrink": { (node) throws(OsteonError) in
            var op = Shrink()
            op.bias = try node.number("bias", 0)
            op.lambda = try node.number("lambd", 0.5)
            return try node.finish(op, node.inputs)
        },
        "Swish": { (node) throws(OsteonError) in
            var op = Swish()
            op.alpha = try node.number("alpha", 1)
            return try node.finish(op, node.inputs)
        },
        "Gelu": { (node) throws(OsteonError) in
            var op = Gelu()
            op.approximation = try node.choice("approximate", "none", ["none": .none, "tanh": .tanh])
            return try node.finish(op, node.inputs)
        },
        "Clip": clip,
        "Softmax": { (node) throws(OsteonError) in
            try alongAxis(node) { axis in
                var op = Softmax()
                op.axis = axis
                return op
            }
        },
        "LogSoftmax": { (node) throws(OsteonError) in
            try alongAxis(node) { axis in
                var op = LogSoftmax()
                op.axis = axis
                return op
            }
        },
        "Hardmax": { (node) throws(OsteonError) in
            try alongAxis(node) { axis in
                var op = Hardmax()
                op.axis = axis
                return op
            }
        },
    ]

    /// Before version 7 one slope is for all, several are one a channel; since then they broadcast from the last axis on.
    private static let prelu: ImportRule = { (node) throws(OsteonError) in
        guard node.version < LegacyRules.broadcastingVersion else { return try node.finish(PRelu(), node.inputs) }
        let x = try node.input(0)
        let slope = try node.input(1)
        guard node.rank(slope) == 1 else { return try node.finish(PRelu(), [x, slope]) }
        return try node.finish(PRelu(), [x, try LegacyRules.aligned(node, slope, with: x, at: 1)])
    }

    /// Bounds are attributes before version 11, inputs since.
    private static let clip: ImportRule = { (node) throws(OsteonError) in
        guard node.version < 11 else { return try node.finish(Clip(), node.inputs) }
        let x = try node.input(0)
        let elementType = node.type(x).elementType
        var bounds: [ValueID?] = []
        for name in ["min", "max"] {
            guard let bound = try node.number(name) else {
                bounds.append(nil)
                continue
            }
            bounds.append(try node.scalar(bound, elementType, name))
        }
        return try node.finish(Clip(), [x] + bounds)
    }

    /// Before version 13 the axes from `axis` on are taken as one.
    private static func alongAxis(_ node: NodeContext, _ make: (Int) -> any Operator) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        guard node.version < 13 else { return try node.finish(make(try node.integer("axis", -1)), [x]) }
        let axis = try node.integer("axis", 1)
        if let first = try single(node, x, axis) { return try node.finish(make(first), [x]) }
        let result = try flattened(node, x, axis, make)
        return try node.finish(Reshape(), [result, try node.shape(of: x)])
    }

    /// The softmax of a value on the way to the node's outputs, by the meaning of version 13 or of those before.
    static func softmax(_ node: NodeContext, _ x: ValueID, axis: Int, isAlongOne: Bool) throws(OsteonError) -> ValueID {
        func op(_ axis: Int) -> Softmax {
            var op = Softmax()
            op.axis = axis
            return op
        }
        if isAlongOne { return try node.add(op(axis), [x]) }
        if let first = try single(node, x, axis) { return try node.add(op(first), [x]) }
        return try node.add(Reshape(), [try flattened(node, x, axis, op), try node.shape(of: x)])
    }

    /// The axis from which on only one has more than one place; nil where there are more.
    private static func single(_ node: NodeContext, _ x: ValueID, _ axis: Int) throws(OsteonError) -> Int? {
        let rank = try node.knownRank(x)
        let first = axis < 0 ? axis + rank : axis
        guard first >= 0, first <= rank else { throw OsteonError(.malformed, "Axis \(axis) doesn't exist: the rank is \(rank).") }
        let rest = (node.type(x).shape ?? []).dropFirst(first + 1)
        return first < rank && rest.allSatisfy { $0 == 1 } ? first : nil
    }

    private static func flattened(
        _ node: NodeContext, _ x: ValueID, _ axis: Int, _ make: (Int) -> any Operator
    ) throws(OsteonError) -> ValueID {
        var flatten = Flatten()
        flatten.axis = axis < 0 ? axis + (try node.knownRank(x)) : axis
        return try node.add(make(1), [try node.add(flatten, [x])])
    }
}
