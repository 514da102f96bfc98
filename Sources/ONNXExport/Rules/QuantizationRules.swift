import Bytes
import GraphIR
import Operators
import Tensors

/// Linear quantisation, as explicit nodes.
enum QuantizationRules {
    static let table: [ExportEntry] = [
        ExportEntry(QuantizeLinear.self, quantize),
        ExportEntry(DequantizeLinear.self, dequantize),
        .same(DynamicQuantizeLinear.self, "DynamicQuantizeLinear"),
        .same(IntegerMatMul.self, "MatMulInteger"),
        ExportEntry(IntegerConvolution.self, convolution),
    ]

    private static func quantize(_ node: ExportNode, _ op: QuantizeLinear) throws(OsteonError) {
        let x = try node.input(0)
        let scale = try node.input(1)
        let zero: Operand
        if let given = node.optional(2) { zero = given } else { zero = try zeroPoint(node, scale, node.outputType().elementType) }
        try checkZeroPoint(node, zero)
        try node.finish("QuantizeLinear", [x, scale, zero], try grid(node, op.axis, op.blockSize, scale))
    }

    private static func dequantize(_ node: ExportNode, _ op: DequantizeLinear) throws(OsteonError) {
        let x = try node.input(0)
        let scale = try node.input(1)
        if let zero = node.optional(2) { try checkZeroPoint(node, zero) }
        let attributes = try grid(node, op.axis, op.blockSize, scale)
        let result = op.elementType ?? scale.elementType
        if result == scale.elementType { return try node.finish("DequantizeLinear", [x, scale, node.optional(2)], attributes) }
        let number = try node.emit(
            "DequantizeLinear", [x, scale, node.optional(2)], attributes, result: TensorType(scale.elementType, x.type.shape))
        try node.finish("Cast", [number], [.type("to", result)])
    }

    /// A bias is an addition of its own.
    private static func convolution(_ node: ExportNode, _ op: IntegerConvolution) throws(OsteonError) {
        let x = try node.input(0)
        let kernel = try ConvolutionRules.kernel(node, op.window)
        let attributes = try op.window.attributes(spatial: x.spatial, kernel: kernel) + [.int("group", op.groups)]
        let operands = Array(node.inputs.prefix(4))
        guard let bias = node.optional(4) else { return try node.finish("ConvInteger", operands, attributes) }
        let sum = try node.emit("ConvInteger", operands, attributes, result: node.outputType())
        let column = try node.reshape(bias, [1, -1] + [Int](repeating: 1, count: kernel.count), "bias")
        try node.finish("Add", [sum, column])
    }

    /// An explicit zero, which also fixes the type of the result.
    private static func zeroPoint(_ node: ExportNode, _ scale: Operand, _ type: ElementType) throws(OsteonError) -> Operand {
        guard let shape = scale.type.fixedShape else { throw OsteonError(.unsupported, "The shape of its scale isn't known.") }
        return node.constant(try Tensor(zeros: type, shape), "zero_point")
    }

    private static func checkZeroPoint(_ node: ExportNode, _ zero: Operand) throws(OsteonError) {
        if [.i16, .u16].contains(zero.elementType) { try node.require(opset: 21, for: "quantisation to \(zero.elementType.rawValue)") }
    }

    private static func grid(_ node: ExportNode, _ axis: Int, _ blockSize: Int, _ scale: Operand) throws(OsteonError) -> [Attribute] {
        guard blockSize != 0 else { return scale.rank == 0 ? [] : [.int("axis", axis)] }
        try node.require(opset: 21, for: "quantisation by blocks")
        return [.int("axis", axis), .int("block_size", blockSize)]
    }
}
