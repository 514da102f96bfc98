import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// `DynamicQuantizeLinear`: the range, then the bytes, each with the loops of the other quantisation kernels.
final class DynamicQuantizeKernel: Kernel {
    static let name = "quantize-dynamic-f32"
    private let loops: Loops
    private let count: Int

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is DynamicQuantizeLinear else { return KernelTable.notMine }
        guard facts.outputs.count == 3, let shape = facts.shape(0) else { return "needs a fixed shape and all outputs" }
        return shape.contains(0) ? "an extent is 0" : nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        count = try Checked.product(facts.shape(0) ?? [])
    }

    func run(_ call: KernelCall) {
        guard let x = call.floats(0), let scale = call.result(1), let zero = call.resultBytes(2) else { return }
        let range = osteon_find_range(x, count, loops.threads)
        var low = min(range.low, 0)
        var high = max(range.high, 0)
        // The range leaves infinities out; they count here.
        if range.not_finite > 0 {
            for value in UnsafeBufferPointer(start: x, count: count) {
                (low, high) = (value < low ? value : low, value > high ? value : high)
            }
        }
        let (step, offset) = DynamicQuantizeLinear.grid(low: low, high: high)
        scale[0] = step
        zero.storeBytes(of: offset, as: UInt8.self)
        withUnsafePointer(to: step) { step in
            withUnsafePointer(to: Int32(offset)) { offset in
                var grid = osteon_grid(element: OSTEON_U8, outer: 1, extent: 1, inner: count, scale: step, zero: offset)
                osteon_quantize_all(loops.table, &grid, x, call.resultBytes(), loops.threads)
            }
        }
    }
}
