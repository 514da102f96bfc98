import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// The scales and zero points of a `QuantizeLinear` or `DequantizeLinear` as the C side takes them.
struct ByteGrid {
    private let element: osteon_element
    private let outer: Int, extent: Int, inner: Int
    private let scales: [Float]
    private let zeros: [Int32]

    /// Why a node can't have one, or nil where it can.
    static func refusal(_ facts: NodeFacts, bytes: TensorType?, floats: TensorType?, blockSize: Int) -> String? {
        guard let bytes, bytes.elementType == .u8 || bytes.elementType == .i8 else { return "only u8 and i8" }
        guard floats?.elementType == .f32, facts.inputs[1]?.elementType == .f32, bytes.fixedShape != nil else {
            return "needs f32 and fixed shapes"
        }
        guard facts.constant(1) != nil, !facts.has(2) || facts.constant(2) != nil else { return "the scale isn't constant" }
        return blockSize == 0 ? nil : "a scale by blocks"
    }

    init(_ facts: NodeFacts, bytes: ElementType, axis: Int) throws(OsteonError) {
        guard let shape = facts.shape(0), let scale = facts.constant(1), let element = bytes.inC else {
            throw OsteonError(.internalFault, "A quantisation kernel was given a node it refuses.")
        }
        self.element = element
        scales = try scale.array(Float.self)
        let given = try facts.constant(2)?.integers() ?? []
        zeros = scales.indices.map { $0 < given.count ? Int32(clamping: given[$0]) : 0 }
        if scales.count == 1, scale.rank <= 1 {
            (outer, extent, inner) = (1, 1, try Checked.product(shape))
        } else {
            guard let view = AxisView(shape, axis: axis), view.extent == scales.count else {
                throw OsteonError(.invalidGraph, "\(scales.count) scales don't fit axis \(axis) of \(shape).")
            }
            (outer, extent, inner) = (view.outer, view.extent, view.inner)
        }
    }

    func withC(_ body: (UnsafePointer<osteon_grid>) -> Void) {
        scales.withUnsafeBufferPointer { scales in
            zeros.withUnsafeBufferPointer { zeros in
                var grid = osteon_grid(
                    element: element, outer: outer, extent: extent, inner: inner, scale: scales.baseAddress, zero: zeros.baseAddress)
                body(&grid)
            }
        }
    }
}

/// `QuantizeLinear` from f32 to `u8` or `i8` with constant scales, one for all or one an index of an axis.
final class QuantizeKernel: Kernel {
    static let name = "quantize-f32"
    private let loops: Loops
    private let grid: ByteGrid

    static func refusal(for facts: NodeFacts) -> String? {
        guard let op = facts.op as? QuantizeLinear else { return KernelTable.notMine }
        return ByteGrid.refusal(facts, bytes: facts.outputs.first, floats: facts.inputs[0], blockSize: op.blockSize)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        grid = try ByteGrid(facts, bytes: facts.outputs[0].elementType, axis: (facts.op as? QuantizeLinear)?.axis ?? 1)
    }

    var absorbedInputs: Set<Int> { [1, 2] }

    func run(_ call: KernelCall) {
        grid.withC { osteon_quantize_all(loops.table, $0, call.floats(0), call.resultBytes(), loops.threads) }
    }
}

/// `DequantizeLinear` from `u8` or `i8` to f32 with constant scales, one for all or one an index of an axis.
final class DequantizeKernel: Kernel {
    static let name = "dequantize-f32"
    private let loops: Loops
    private let grid: ByteGrid

    static func refusal(for facts: NodeFacts) -> String? {
        guard let op = facts.op as? DequantizeLinear else { return KernelTable.notMine }
        return ByteGrid.refusal(facts, bytes: facts.inputs[0], floats: facts.outputs.first, blockSize: op.blockSize)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        grid = try ByteGrid(
            facts, bytes: facts.inputs[0]?.elementType ?? .u8, axis: (facts.op as? DequantizeLinear)?.axis ?? 1)
    }

    var absorbedInputs: Set<Int> { [1, 2] }

    func run(_ call: KernelCall) {
        grid.withC { osteon_dequantize_all(loops.table, $0, call.bytes(0), call.result(), loops.threads) }
    }
}
