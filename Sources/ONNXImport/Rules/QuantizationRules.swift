import Bytes
import GraphIR
import Operators
import Tensors

/// Quantised arithmetic: the linear operators as they are, the integer products taken apart exactly.
enum QuantizationRules {
    static let table: [String: ImportRule] = [
        "QuantizeLinear": { (node) throws(OsteonError) in
            node.ignoreAttribute("precision")
            var op = QuantizeLinear()
            op.axis = try node.integer("axis", 1)
            op.blockSize = try node.integer("block_size", 0)
            op.elementType = try outputType(node)
            op.saturate = try node.flag("saturate", true)
            return try node.finish(op, node.inputs)
        },
        "DequantizeLinear": { (node) throws(OsteonError) in
            var op = DequantizeLinear()
            op.axis = try node.integer("axis", 1)
            op.blockSize = try node.integer("block_size", 0)
            op.elementType = try outputType(node)
            return try node.finish(op, node.inputs)
        },
        "DynamicQuantizeLinear": same(DynamicQuantizeLinear()),
        "MatMulInteger": same(IntegerMatMul()),
        "QLinearMatMul": { (node) throws(OsteonError) in
            let arguments = [try node.input(0), try node.input(3), node.optional(2), node.optional(5)]
            let product = try node.add(IntegerMatMul(), arguments, "product")
            return try requantized(node, product, scales: (1, 4, 6), .row, .column, zeroPoint: 7)
        },
        "ConvInteger": { (node) throws(OsteonError) in
            try node.finish(try convolution(node), [try node.input(0), try node.input(1), node.optional(2), node.optional(3)])
        },
        "QLinearConv": { (node) throws(OsteonError) in
            let arguments = [try node.input(0), try node.input(3), node.optional(2), node.optional(5), node.optional(8)]
            let sum = try node.add(try convolution(node), arguments, "sum")
            return try requantized(node, sum, scales: (1, 4, 6), .scalar, .channel, zeroPoint: 7)
        },
    ]

    /// What the elements of a one-dimensional scale or zero point belong to.
    private enum Placement {
        case scalar, row, column
        /// The outputs of a convolution: axis 1.
        case channel
    }

    private static func outputType(_ node: NodeContext) throws(OsteonError) -> ElementType? {
        guard let number = try node.integer("output_dtype"), number != 0 else { return nil }
        return try ElementType(onnx: Int32(truncatingIfNeeded: number), of: "Attribute output_dtype")
    }

    /// A scale or zero point shaped so that it broadcasts along its axis.
    private static func placed(
        _ node: NodeContext, _ value: ValueID, _ placement: Placement, rank: Int?
    ) throws(OsteonError) -> ValueID {
        guard let shape = node.type(value).shape else {
            throw OsteonError(
                .unsupported,
                "Whether it has one scale and zero point or one an axis isn't known; `\(Parameter.input) NAME:SHAPE` gives their shapes."
            )
        }
        guard shape.count == 1, shape != [1] else { return value }
        switch placement {
        case .scalar: throw OsteonError(.unsupported, "A scale or zero point an axis where one for all is expected.")
        case .column: return value
        case .row: return try node.reshape(value, [-1, 1])
        case .channel:
            guard let rank else { throw OsteonError(.unsupported, "The rank of its input isn't known.") }
            return try node.reshape(value, [1, -1] + [Int](repeating: 1, count: max(0, rank - 2)))
        }
    }

    private static func convolution(_ node: NodeContext) throws(OsteonError) -> IntegerConvolution {
        IntegerConvolution(window: try node.window(), groups: try node.integer("group", 1))
    }

    /// `round(sum · scale_a · scale_b / scale_y) + zero_y`, saturated.
    private static func requantized(
        _ node: NodeContext, _ sum: ValueID, scales: (Int, Int, Int), _ first: Placement, _ second: Placement, zeroPoint: Int
    ) throws(OsteonError) -> [ValueID] {
        let rank = node.rank(sum)
        let a = try placed(node, try node.cast(try node.input(scales.0), to: .f32, "scale_a"), first, rank: rank)
        let b = try placed(node, try node.cast(try node.input(scales.1), to: .f32, "scale_b"), second, rank: rank)
        let y = try node.cast(try node.input(scales.2), to: .f32, "scale_y")
        let product = try node.add(Multiply(), [a, b], "scales")
        let factor = try node.add(Divide(), [product, try placed(node, y, first, rank: rank)], "factor")
        let scaled = try node.add(Multiply(), [try node.cast(sum, to: .f32, "sum_f32"), factor], "scaled")
        let zero = try node.input(zeroPoint)
        guard let shape = node.type(zero).shape, shape.allSatisfy({ $0 == 1 }) else {
            throw OsteonError(.unsupported, "Its output has a zero point an axis; one for all is supported.")
        }
        let scalar = shape.isEmpty ? zero : try node.reshape(zero, [], "zero_point")
        return try node.finish(QuantizeLinear(), [scaled, try node.scalar(1, .f32, "one"), scalar])
    }
}
