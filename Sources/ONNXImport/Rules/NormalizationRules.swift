import Bytes
import GraphIR
import Operators
import Tensors

/// Normalisation over batches, instances, groups, layers and neighbourhoods.
enum NormalizationRules {
    static let table: [String: ImportRule] = [
        "BatchNormalization": batch,
        "InstanceNormalization": { (node) throws(OsteonError) in
            var op = InstanceNormalization()
            op.epsilon = try node.number("epsilon", 1e-5)
            return try node.finish(op, node.inputs)
        },
        "GroupNormalization": group,
        "LayerNormalization": { (node) throws(OsteonError) in
            node.ignoreAttribute("stash_type")
            var op = LayerNormalization()
            op.axis = try node.integer("axis", -1)
            op.epsilon = try node.number("epsilon", 1e-5)
            return try node.finish(op, node.inputs)
        },
        "RMSNormalization": { (node) throws(OsteonError) in
            node.ignoreAttribute("stash_type")
            var op = RMSNormalization()
            op.axis = try node.integer("axis", -1)
            op.epsilon = try node.number("epsilon", 1e-5)
            return try node.finish(op, node.inputs)
        },
        "LRN": { (node) throws(OsteonError) in
            var op = LocalResponseNormalization()
            guard let size = try node.integer("size") else { throw OsteonError(.malformed, "Attribute size is missing.") }
            op.size = size
            op.alpha = try node.number("alpha", 0.0001)
            op.beta = try node.number("beta", 0.75)
            op.bias = try node.number("bias", 1)
            return try node.finish(op, node.inputs)
        },
        "LpNormalization": { (node) throws(OsteonError) in
            var op = LpNormalization()
            op.axis = try node.integer("axis", -1)
            op.p = try node.integer("p", 2)
            return try node.finish(op, node.inputs)
        },
        "MeanVarianceNormalization": { (node) throws(OsteonError) in
            var op = MeanVarianceNormalization()
            op.axes = try node.integers("axes") ?? [0, 2, 3]
            guard node.version < 9 else { return try node.finish(op, node.inputs) }
            // Each image by itself, over its places or over its channels too.
            op.axes = try node.flag("across_channels") ? [1, 2, 3] : [2, 3]
            if try node.flag("normalize_variance", true) { return try node.finish(op, node.inputs) }
            let mean = try node.add(ReduceMean(), [try node.input(0), try node.constant(op.axes, "axes")], "mean")
            return try node.finish(Subtract(), [try node.input(0), mean])
        },
    ]

    /// What marks training is an attribute since version 14, the number of outputs before; `is_test` of versions below 7 says it once more.
    private static let batch: ImportRule = { (node) throws(OsteonError) in
        node.ignoreAttribute("momentum")
        let isTraining = try node.flag("training_mode")
        let isTest = try node.flag("is_test")
        let hasStatistics = !isTest && (1..<5).contains { node.wants($0) }
        guard !isTraining, !hasStatistics else {
            throw OsteonError(.unsupported, "It's in training mode; export the model for inference (model.eval()).")
        }
        let epsilon = try node.number("epsilon", 1e-5)
        guard try node.integer("spatial", 1) != 0 else { return try everyPlace(node, epsilon) }
        var op = BatchNormalization()
        op.epsilon = epsilon
        return try node.finish(op, Array(node.inputs.prefix(5)), outputs: 1)
    }

    /// With `spatial` 0 (before version 9) each place of each channel has statistics of its own.
    private static func everyPlace(_ node: NodeContext, _ epsilon: Double) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        let type = node.type(x).elementType
        let variance = try node.add(Add(), [try node.input(4), try node.scalar(epsilon, type, "epsilon")], "variance")
        let factor = try node.add(Divide(), [try node.input(1), try node.add(Sqrt(), [variance], "deviation")], "factor")
        let centred = try node.add(Subtract(), [x, try node.input(3)], "centred")
        return try node.finish(Add(), [try node.add(Multiply(), [centred, factor], "scaled"), try node.input(2)], outputs: 1)
    }

    /// Scale and bias have an element a group before version 21, one a channel since.
    private static let group: ImportRule = { (node) throws(OsteonError) in
        node.ignoreAttribute("stash_type")
        var op = GroupNormalization()
        guard let groups = try node.integer("num_groups"), groups > 0 else {
            throw OsteonError(.malformed, "Attribute num_groups is missing or not positive.")
        }
        op.groups = groups
        op.epsilon = try node.number("epsilon", 1e-5)
        let x = try node.input(0)
        var scale = try node.input(1)
        var bias = try node.input(2)
        if node.version < 21 {
            guard let shape = node.type(x).shape, shape.count >= 2, let channels = shape[1].fixed else {
                throw OsteonError(
                    .unsupported, "The number of channels isn't known; `\(Parameter.input) NAME:SHAPE` gives the shape of an input.")
            }
            guard channels % groups == 0 else { throw OsteonError(.malformed, "\(channels) channels aren't a multiple of \(groups).") }
            scale = try perChannel(node, scale, groups, channels, "scale")
            bias = try perChannel(node, bias, groups, channels, "bias")
        }
        return try node.finish(op, [x, scale, bias])
    }

    private static func perChannel(
        _ node: NodeContext, _ value: ValueID, _ groups: Int, _ channels: Int, _ role: String
    ) throws(OsteonError) -> ValueID {
        let column = try node.reshape(value, [groups, 1], "\(role).column")
        let shape = try node.constant([groups, channels / groups], "\(role).shape")
        let expanded = try node.add(Expand(), [column, shape], "\(role).expanded")
        return try node.reshape(expanded, [channels], role)
    }
}
