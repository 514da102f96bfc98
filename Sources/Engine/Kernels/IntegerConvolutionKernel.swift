import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Convolution and transposed convolution of bytes with `i8` weights, exact in 32-bit whole numbers; the result is scaled,
/// biased, activated and written as floats, or as bytes where a `QuantizeLinear` alone reads it.
///
/// It takes the place of `DequantizeLinear → Convolution [→ activation] [→ QuantizeLinear]` and gives what those give but
/// for the rounding of the scaling. It shares the geometry, slabs and threads of the float kernel: a pair of channels
/// stands where that one has a float.
final class IntegerConvolutionKernel: Kernel {
    static let name = "convolution-direct-int8"
    private let conv: PreparedConvolution
    private let isTransposed: Bool

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is Convolution || facts.op is TransposedConvolution, let bytes = facts.quantized else { return KernelTable.notMine }
        if let reason = PreparedConvolution.refusal(sizes: facts) { return reason }
        guard facts.outputs[0].elementType == .f32 else { return "the result isn't f32" }
        guard !facts.has(2) || facts.inputs[2]?.elementType == .f32 else { return "the bias isn't f32" }
        let filters = filterCount(facts)
        let groups = (facts.op as? TransposedConvolution)?.groups ?? 1
        guard filters > 0, [1, filters, filters / groups].contains(bytes.weightScales.count) else {
            return "the weights aren't scaled by output channel"
        }
        if isDepthwise(facts) { return "one channel a group: half of every pair would be empty" }
        // Products are at most 255 · 128, and so many of them fit 32 bits.
        return bytes.weights.count / (filters / groups) <= 65_000 ? nil : "a sum of more than 65,000 products"
    }

    private static func isDepthwise(_ facts: NodeFacts) -> Bool {
        let groups = (facts.op as? Convolution)?.groups ?? (facts.op as? TransposedConvolution)?.groups ?? 1
        return groups > 1 && facts.shape(0)?[1] == groups
    }

    /// Output channels of all groups.
    private static func filterCount(_ facts: NodeFacts) -> Int {
        guard let weight = facts.shape(1), weight.count > 1 else { return 0 }
        if let op = facts.op as? TransposedConvolution { return weight[1] * op.groups }
        return weight[0]
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let bytes = facts.quantized, let from = bytes.input.type.inC, let to = facts.formOfOutput else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        isTransposed = facts.op is TransposedConvolution
        let given = bytes.weightScales
        let scales = (0..<Self.filterCount(facts)).map { Float(Double(bytes.input.scale) * Double(given[$0 % given.count])) }
        conv = try scales.withUnsafeBufferPointer { (scales) throws(OsteonError) in
            let storage = osteon_conv_storage(
                input: from, output: to.element, wide_weights: 0, output_zero: to.zero, output_scale: to.scale,
                filter_scale: scales.baseAddress, filter_start: nil)
            return try PreparedConvolution(
                facts, storage, weights: bytes.weights, bias: facts.constant(2), activation: facts.activation, zero: bytes.input.zero)
        }
    }

    var label: String { isTransposed ? "transposed-convolution-subpixel-int8" : Self.name }
    var precision: String? { "int8" }
    var absorbedInputs: Set<Int> { [1, 2, 3] }
    var scratchByteCount: Int { conv.scratchByteCount }
    func run(_ call: KernelCall) { conv.run(call) }
}
