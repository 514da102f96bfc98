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
        "MatMulInteger": { (node) throws(OsteonError) in
            let a = try centred(node, 0, zeroPoint: 2, as: .i32, .row), b = try centred(node, 1, zeroPoint: 3, as: .i32, .column)
            return try node.finish(MatMul(), [a, b])
        },
        "QLinearMatMul": { (node) throws(OsteonError) in
            let a = try centred(node, 0, zeroPoint: 2, as: .i32, .row), b = try centred(node, 3, zeroPoint: 5, as: .i32, .column)
            let product = try node.add(MatMul(), [a, b])
            return try requantized(node, product, scales: (1, 4, 6), .row, .column, zeroPoint: 7)
        },
        "ConvInteger": { (node) throws(OsteonError) in
            let sum = try convolution(node, x: 0, weight: 1, zeroPoints: (2, 3), bias: nil)
            var cast = Cast()
            cast.elementType = .i32
            return try node.finish(cast, [sum])
        },
        "QLinearConv": { (node) throws(OsteonError) in
            let sum = try convolution(node, x: 0, weight: 3, zeroPoints: (2, 5), bias: node.optional(8))
            return try requantized(node, sum, scales: (1, 4, 6), .scalar, .channel, zeroPoint: 7)
        },
    ]

    /// What the elements of a one-dimensional scale or zero point belong to.
    private enum Placement {
        case scalar, row, column
        /// The outputs of a convolution: axis 1.
        case channel
        /// The weights of a convolution: axis 0.
        case filter
    }

    private static func outputType(_ node: NodeContext) throws(OsteonError) -> ElementType? {
        guard let number = try node.integer("output_dtype"), number != 0 else { return nil }
        return try ElementType(onnx: Int32(truncatingIfNeeded: number), of: "Attribute output_dtype")
    }

    /// Input `index` as `elementType` with its zero point taken off.
    private static func centred(
        _ node: NodeContext, _ index: Int, zeroPoint: Int, as elementType: ElementType, _ placement: Placement
    ) throws(OsteonError) -> ValueID {
        let value = try node.input(index)
        let converted = try node.cast(value, to: elementType, "input_\(index)")
        guard let zero = node.optional(zeroPoint) else { return converted }
        let shift = try placed(node, try node.cast(zero, to: elementType, "zero_point_\(index)"), placement, rank: node.rank(value))
        return try node.add(Subtract(), [converted, shift], "centred_\(index)")
    }

    /// A scale or zero point shaped so that it broadcasts along its axis.
    private static func placed(
        _ node: NodeContext, _ value: ValueID, _ placement: Placement, rank: Int?
    ) throws(OsteonError) -> ValueID {
        guard let shape = node.type(value).shape, shape.count == 1, shape != [1] else { return value }
        switch placement {
        case .scalar: throw OsteonError(.unsupported, "A scale or zero point an axis where one for all is expected.")
        case .column: return value
        case .row: return try node.reshape(value, [-1, 1])
        case .channel, .filter:
            guard let rank else { throw OsteonError(.unsupported, "The rank of its input isn't known.") }
            let ones = [Int](repeating: 1, count: max(0, rank - (placement == .filter ? 1 : 2)))
            return try node.reshape(value, (placement == .filter ? [-1] : [1, -1]) + ones)
        }
    }

    /// The sums of a quantised convolution, exact: in `f64`, which holds every integer they can reach.
    private static func convolution(
        _ node: NodeContext, x: Int, weight: Int, zeroPoints: (Int, Int), bias: ValueID?
    ) throws(OsteonError) -> ValueID {
        let exact = exactType(node, weight)
        let input = try centred(node, x, zeroPoint: zeroPoints.0, as: exact, .scalar)
        let filter = try centred(node, weight, zeroPoint: zeroPoints.1, as: exact, .filter)
        var op = Convolution()
        op.window = try node.window()
        op.groups = try node.integer("group", 1)
        var sum = try node.add(op, [input, filter])
        guard let bias else { return sum }
        sum = try node.cast(sum, to: .i32, "sum")
        let addend = try placed(node, bias, .channel, rank: node.rank(sum))
        return try node.add(Add(), [sum, addend], "biased")
    }

    /// `f32` where sums of so few products of 9-bit integers stay exact in it, else `f64`.
    private static func exactType(_ node: NodeContext, _ weight: Int) -> ElementType {
        guard let value = node.optional(weight), let shape = node.type(value).fixedShape else { return .f64 }
        let terms = (try? Checked.product(shape.dropFirst())) ?? .max
        return terms <= 256 ? .f32 : .f64
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
