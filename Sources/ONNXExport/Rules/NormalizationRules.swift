import Bytes
import GraphIR
import Operators
import Tensors

/// Normalisation over batches, instances, groups, layers and neighbourhoods.
enum NormalizationRules {
    static let table: [ExportEntry] = [
        ExportEntry(BatchNormalization.self) { (node, op) throws(OsteonError) in
            try node.finish("BatchNormalization", node.inputs, [.float("epsilon", op.epsilon)])
        },
        ExportEntry(InstanceNormalization.self) { (node, op) throws(OsteonError) in
            try node.finish("InstanceNormalization", node.inputs, [.float("epsilon", op.epsilon)])
        },
        ExportEntry(GroupNormalization.self, group),
        ExportEntry(LayerNormalization.self, layer),
        ExportEntry(RMSNormalization.self, rootMeanSquare),
        ExportEntry(LocalResponseNormalization.self) { (node, op) throws(OsteonError) in
            let attributes: [Attribute] = [
                .int("size", op.size), .float("alpha", op.alpha), .float("beta", op.beta), .float("bias", op.bias),
            ]
            try node.finish("LRN", node.inputs, attributes)
        },
        ExportEntry(LpNormalization.self) { (node, op) throws(OsteonError) in
            try node.finish("LpNormalization", node.inputs, [.int("axis", op.axis), .int("p", op.p)])
        },
        ExportEntry(MeanVarianceNormalization.self) { (node, op) throws(OsteonError) in
            try node.finish("MeanVarianceNormalization", node.inputs, [.ints("axes", op.axes)])
        },
    ]

    /// Before operator set 21 ONNX has none with a scale a channel: groups are then instances of a reshaped input.
    private static func group(_ node: ExportNode, _ op: GroupNormalization) throws(OsteonError) {
        let x = try node.input(0)
        let scale = try node.input(1)
        let bias = try node.input(2)
        if node.opset >= 21 {
            return try node.finish("GroupNormalization", [x, scale, bias], [.int("num_groups", op.groups), .float("epsilon", op.epsilon)])
        }
        let type = x.elementType
        let ones = try Tensor([Float](budgeted: 1, count: op.groups))
        let zeros = try Tensor([Float](budgeted: 0, count: op.groups))
        let grouped = try node.reshape(x, [0, op.groups, -1], "grouped")
        let normalized = try node.emit(
            "InstanceNormalization",
            [grouped, node.constant(try ones.converted(to: type), "ones"), node.constant(try zeros.converted(to: type), "zeros")],
            [.float("epsilon", op.epsilon)], role: "normalized")
        let whole = try node.emit("Reshape", [normalized, try node.shape(of: x)], role: "ungrouped", result: x.type)
        let column = [-1] + [Int](repeating: 1, count: try node.rank(x) - 2)
        let scaled = try node.binary("Mul", whole, try perChannel(node, scale, column, "scale"), "scaled")
        try node.finish("Add", [scaled, try perChannel(node, bias, column, "bias")])
    }

    private static func perChannel(_ node: ExportNode, _ operand: Operand, _ column: [Int], _ role: String) throws(OsteonError) -> Operand {
        if let tensor = operand.constant { return node.constant(try tensor.reshaped([tensor.count] + column.dropFirst()), role) }
        return try node.reshape(operand, column, role)
    }

    /// Spelled out before operator set 17.
    private static func layer(_ node: ExportNode, _ op: LayerNormalization) throws(OsteonError) {
        let x = try node.input(0)
        let scale = try node.input(1)
        if node.opset >= 17 {
            // Statistics in the input's own precision, but for 16-bit floats.
            let stash = x.elementType == .f64 ? ElementType.f64 : .f32
            return try node.finish(
                "LayerNormalization", node.inputs, [.int("axis", op.axis), .float("epsilon", op.epsilon), .type("stash_type", stash)])
        }
        guard node.outputs.dropFirst().allSatisfy({ $0 == nil }) else {
            throw OperatorVersions.missing("LayerNormalization with its statistics as outputs", from: 17, node.opset)
        }
        let axes = try axes(node, x, from: op.axis)
        let centred = try node.binary("Sub", x, try node.mean(x, axes: axes, "mean"), "centred")
        let variance = try node.mean(try node.binary("Mul", centred, centred, "squares"), axes: axes, "variance")
        let raised = try node.binary("Add", variance, try node.scalar(op.epsilon, x.elementType, "epsilon"), "raised")
        let normalized = try node.binary("Div", centred, try node.emit("Sqrt", [raised]), "normalized")
        guard let bias = node.optional(2) else { return try node.finish("Mul", [normalized, scale]) }
        try node.finish("Add", [try node.binary("Mul", normalized, scale, "scaled"), bias])
    }

    /// Spelled out before operator set 23.
    private static func rootMeanSquare(_ node: ExportNode, _ op: RMSNormalization) throws(OsteonError) {
        let x = try node.input(0)
        let scale = try node.input(1)
        if node.opset >= 23 {
            let stash = x.elementType == .f64 ? ElementType.f64 : .f32
            return try node.finish(
                "RMSNormalization", [x, scale], [.int("axis", op.axis), .float("epsilon", op.epsilon), .type("stash_type", stash)])
        }
        let mean = try node.mean(try node.binary("Mul", x, x, "squares"), axes: axes(node, x, from: op.axis), "mean")
        let raised = try node.binary("Add", mean, try node.scalar(op.epsilon, x.elementType, "epsilon"), "raised")
        try node.finish("Mul", [try node.binary("Div", x, try node.emit("Sqrt", [raised]), "normalized"), scale])
    }

    /// The axes from `first` on, counted from the end.
    private static func axes(_ node: ExportNode, _ x: Operand, from first: Int) throws(OsteonError) -> [Int] {
        let start = first < 0 ? first : first - (try node.rank(x))
        return Array(min(start, -1)..<0)
    }
}
