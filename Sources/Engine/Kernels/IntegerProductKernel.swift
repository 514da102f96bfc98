import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// `MatMul` and `Gemm` of bytes with a constant `i8` matrix, exact in 32-bit whole numbers, with the tiles of the integer
/// convolution; takes the place of the dequantizations before and the activation and quantization behind it.
final class IntegerProductKernel: Kernel {
    static let name = "matrix-product-int8"
    private let product: OpaquePointer
    private let loops: Loops
    private let scales: [Float]
    private let biases: [Float]
    private let rows: Int
    private var factors = osteon_byte_factors()

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is MatMul || facts.op is Gemm, let bytes = facts.quantized else { return KernelTable.notMine }
        guard let a = facts.shape(0), a.count >= 2, bytes.weights.rank == 2, let y = facts.outputShape else { return "needs matrices" }
        guard (a + bytes.weights.shape).allSatisfy({ $0 > 0 && $0 < 1 << 30 }) else { return "an extent is 0 or beyond 2³⁰" }
        guard facts.outputs[0].elementType == .f32, !facts.has(2) || facts.inputs[2]?.elementType == .f32 else { return "needs f32" }
        guard (a.last ?? 0) <= 65_000 else { return "a sum of more than 65,000 products" }
        let columns = y.last ?? 0
        guard bytes.weightScales.count == 1 || bytes.weightScales.count == columns else { return "the weights aren't scaled by column" }
        guard let op = facts.op as? Gemm else { return nil }
        if op.transposeA || op.alpha != 1 { return "a is transposed or scaled" }
        guard facts.has(2) else { return nil }
        guard op.beta == 1, let bias = facts.constant(2), [1, columns].contains(bias.count), bias.count == bias.shape.last ?? 1 else {
            return "c isn't one number a column"
        }
        return nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let bytes = facts.quantized, let a = facts.shape(0), let y = facts.outputShape, let columns = y.last, let inner = a.last,
            let element = bytes.input.type.inC, let target = facts.formOfOutput
        else { throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.") }
        let loops = Loops(facts)
        let isTransposed = (facts.op as? Gemm)?.transposeB == true
        let made = withExtendedLifetime(bytes.weights) {
            osteon_byte_product_make(
                bytes.weights.unsafeElements(Int8.self).baseAddress, 0, inner, columns, isTransposed ? 1 : columns,
                isTransposed ? inner : 1,
                loops.table)
        }
        guard let made else { throw OsteonError(.limitExceeded, "Out of memory: can't pack the weights.") }
        product = made
        self.loops = loops
        rows = a.dropLast().reduce(1, *)
        let given = bytes.weightScales
        scales = (0..<columns).map { Float(Double(bytes.input.scale) * Double(given[$0 % given.count])) }
        let bias = try facts.constant(2)?.array(Float.self) ?? [0]
        biases = (0..<columns).map { bias[$0 % bias.count] }
        factors.rows = rows
        factors.element = element
        factors.zero = bytes.input.zero
        factors.act = osteon_map(facts.activation)
        factors.form_y = target
    }

    deinit { osteon_byte_product_free(product) }

    var precision: String? { "int8" }
    var absorbedInputs: Set<Int> { [1, 2] }
    var scratchByteCount: Int { osteon_byte_product_scratch(product, rows) }

    func run(_ call: KernelCall) {
        scales.withUnsafeBufferPointer { scales in
            biases.withUnsafeBufferPointer { biases in
                var task = factors
                task.scale = scales.baseAddress
                task.bias = biases.baseAddress
                osteon_byte_product_run(
                    product, &task, call.bytes(0)?.assumingMemoryBound(to: UInt8.self), call.resultBytes(), call.scratch.baseAddress,
                    loops.threads)
            }
        }
    }
}
