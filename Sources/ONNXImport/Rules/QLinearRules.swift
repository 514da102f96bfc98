import Bytes
import GraphIR
import Operators
import Tensors

/// ONNX Runtime's quantised operators (domain com.microsoft): each is its float operator between `DequantizeLinear` and `QuantizeLinear`.
enum QLinearRules {
    static let table: [String: ImportRule] = [
        "QLinearAdd": binary(Add()), "QLinearMul": binary(Multiply()),
        "QLinearSigmoid": unary { (_) in Sigmoid() },
        "QLinearLeakyRelu": unary { (node) throws(OsteonError) in try LeakyRelu(alpha: node.number("alpha", 0.01)) },
        "QLinearSoftmax": softmax, "QLinearConcat": concat, "QLinearWhere": select, "QLinearReduceMean": mean,
        "QLinearGlobalAveragePool": { (node) throws(OsteonError) in
            try channelsFirst(node) { (_, x) throws(OsteonError) in try node.add(GlobalAveragePool(), [x]) }
        },
        "QLinearAveragePool": { (node) throws(OsteonError) in
            var op = AveragePool()
            op.window = try node.window()
            op.ceilMode = try node.flag("ceil_mode")
            op.countIncludePadding = try node.flag("count_include_pad")
            return try channelsFirst(node) { (node, x) throws(OsteonError) in try node.add(op, [x]) }
        },
        "QGemm": gemm, "MatMulIntegerToFloat": integerProduct, "DynamicQuantizeMatMul": dynamicProduct,
        "QuantizeLinear": QuantizationRules.table["QuantizeLinear"] ?? missing,
        "DequantizeLinear": QuantizationRules.table["DequantizeLinear"] ?? missing,
    ]

    private static let missing: ImportRule = { (_) throws(OsteonError) in throw OsteonError(.internalFault, "There's no rule for it.") }

    // MARK: Scales

    /// A scale or zero point that's one for all, as a scalar.
    private static func scalar(_ node: NodeContext, _ index: Int) throws(OsteonError) -> ValueID? {
        guard let value = node.optional(index) else { return nil }
        guard let shape = node.type(value).shape, shape.allSatisfy({ $0 == 1 }) else {
            throw OsteonError(.unsupported, "Its input \(index), a scale or zero point, isn't one for all elements.")
        }
        return shape.isEmpty ? value : try node.reshape(value, [], "scalar_\(index)")
    }

    private static func required(_ node: NodeContext, _ index: Int) throws(OsteonError) -> ValueID {
        guard let value = try scalar(node, index) else { throw OsteonError(.malformed, "Input \(index), a scale, is missing.") }
        return value
    }

    /// Input `index` as floats, by the scale and zero point behind it.
    private static func float(_ node: NodeContext, _ index: Int) throws(OsteonError) -> ValueID {
        try node.add(
            DequantizeLinear(), [try node.input(index), try required(node, index + 1), try scalar(node, index + 2)], "float_\(index)")
    }

    /// The node's output, by the scale at input `index` and the zero point behind it; without a zero point of the first input's type.
    private static func quantized(_ node: NodeContext, _ y: ValueID, _ index: Int, like source: Int = 0) throws(OsteonError) -> [ValueID] {
        let zero: ValueID
        if let given = try scalar(node, index + 1) {
            zero = given
        } else {
            zero = try node.scalar(0, node.type(try node.input(source)).elementType, "zero_point")
        }
        return try node.finish(QuantizeLinear(), [y, try required(node, index), zero])
    }

    // MARK: Operators

    private static func binary(_ op: any Operator) -> ImportRule {
        { (node) throws(OsteonError) in
            let y = try node.add(op, [try float(node, 0), try float(node, 3)])
            return try quantized(node, y, 6)
        }
    }

    private static func unary(_ make: @escaping @Sendable (NodeContext) throws(OsteonError) -> any Operator) -> ImportRule {
        { (node) throws(OsteonError) in try quantized(node, try node.add(try make(node), [try float(node, 0)]), 3) }
    }

    /// `opset` says whose Softmax is meant: that of version 13 on is along one axis.
    private static let softmax: ImportRule = { (node) throws(OsteonError) in
        let isAlongOne = try node.integer("opset", 13) >= 13
        let axis = try node.integer("axis", isAlongOne ? -1 : 1)
        let x = try float(node, 0)
        let y = try ActivationRules.softmax(node, x, axis: axis, isAlongOne: isAlongOne)
        return try quantized(node, y, 3)
    }

    /// Scale and zero point of the result first, then three inputs for each part.
    private static let concat: ImportRule = { (node) throws(OsteonError) in
        guard node.inputs.count >= 5, (node.inputs.count - 2).isMultiple(of: 3) else {
            throw OsteonError(.malformed, "It has \(node.inputs.count) inputs instead of 2 and 3 for each part.")
        }
        guard let axis = try node.integer("axis") else { throw OsteonError(.malformed, "Attribute axis is missing.") }
        var parts: [ValueID] = []
        for index in stride(from: 2, to: node.inputs.count, by: 3) { parts.append(try float(node, index)) }
        return try quantized(node, try node.add(Concat(axis: axis), parts), 0, like: 2)
    }

    private static let select: ImportRule = { (node) throws(OsteonError) in
        let y = try node.add(Where(), [try node.input(0), try float(node, 1), try float(node, 4)])
        return try quantized(node, y, 7, like: 1)
    }

    private static let mean: ImportRule = { (node) throws(OsteonError) in
        let op = ReduceMean(keepDimensions: try node.flag("keepdims", true))
        let axes = try node.integers("axes")
        let y = try node.add(op, [try float(node, 0), try axes.map { (axes) throws(OsteonError) in try node.constant(axes, "axes") }])
        return try quantized(node, y, 3)
    }

    /// A pool of N C D H W, or with `channels_last` of N D H W C.
    private static func channelsFirst(
        _ node: NodeContext, _ pool: (NodeContext, ValueID) throws(OsteonError) -> ValueID
    ) throws(OsteonError) -> [ValueID] {
        var x = try float(node, 0)
        guard try node.flag("channels_last") else { return try quantized(node, try pool(node, x), 3) }
        let rank = try node.knownRank(x)
        guard rank > 2 else { throw OsteonError(.malformed, "A pool over rank \(rank).") }
        var first = Transpose()
        var last = Transpose()
        first.permutation = [0, rank - 1] + Array(1..<rank - 1)
        last.permutation = [0] + Array(2..<rank) + [1]
        x = try node.add(first, [x], "channels_first")
        return try quantized(node, try node.add(last, [try pool(node, x)], "channels_last"), 3)
    }

    /// `alpha · A · B + C` where C has the scale of the product; without a scale for the output it stays in floats.
    private static let gemm: ImportRule = { (node) throws(OsteonError) in
        var op = Gemm()
        op.alpha = try node.number("alpha", 1)
        op.transposeA = try node.flag("transA")
        op.transposeB = try node.flag("transB")
        let b = try perColumn(node, 3, scale: 4, zeroPoint: 5, isTransposed: op.transposeB)
        var inputs = [try float(node, 0), b]
        if let bias = node.optional(6) {
            let scale = try node.add(Multiply(), [try required(node, 1), try node.input(4)], "bias_scale")
            let scaled = try node.add(Multiply(), [try node.cast(bias, to: .f32, "bias"), scale], "bias_float")
            // The whole sum is multiplied by alpha.
            inputs.append(
                op.alpha == 1 ? scaled : try node.add(Multiply(), [scaled, try node.scalar(op.alpha, .f32, "alpha")], "bias_alpha"))
        }
        guard node.has(7) else { return try node.finish(op, inputs) }
        return try quantized(node, try node.add(op, inputs), 7)
    }

    /// Weights with a scale for all or a scale a column, as floats.
    private static func perColumn(
        _ node: NodeContext, _ index: Int, scale: Int, zeroPoint: Int, isTransposed: Bool = false
    ) throws(OsteonError) -> ValueID {
        let value = try node.input(index)
        let factor = try node.input(scale)
        guard let shape = node.type(factor).shape else { throw OsteonError(.unsupported, "The shape of a scale isn't known.") }
        var op = DequantizeLinear()
        guard shape.count == 1, shape != [1] else {
            return try node.add(op, [value, try required(node, scale), try scalar(node, zeroPoint)], "float_\(index)")
        }
        op.axis = isTransposed ? 0 : try node.knownRank(value) - 1
        return try node.add(op, [value, factor, node.optional(zeroPoint)], "float_\(index)")
    }

    /// `(A − a₀) · (B − b₀) · scale_a · scale_b + bias`, in floats.
    private static let integerProduct: ImportRule = { (node) throws(OsteonError) in
        let a = try node.add(DequantizeLinear(), [try node.input(0), try required(node, 2), try scalar(node, 4)], "float_0")
        return try biased(node, a, try perColumn(node, 1, scale: 3, zeroPoint: 5), bias: 6)
    }

    /// The same of floats that are quantised first, by their own extremes.
    private static let dynamicProduct: ImportRule = { (node) throws(OsteonError) in
        let parts = try node.addAll(DynamicQuantizeLinear(), [try node.input(0)], outputs: 3)
        let a = try node.add(DequantizeLinear(), [parts[0], parts[1], parts[2]], "float_0")
        return try biased(node, a, try perColumn(node, 1, scale: 2, zeroPoint: 3), bias: 4)
    }

    private static func biased(_ node: NodeContext, _ a: ValueID, _ b: ValueID, bias: Int) throws(OsteonError) -> [ValueID] {
        guard let addend = node.optional(bias) else { return try node.finish(MatMul(), [a, b]) }
        return try node.finish(Add(), [try node.add(MatMul(), [a, b]), addend])
    }
}
