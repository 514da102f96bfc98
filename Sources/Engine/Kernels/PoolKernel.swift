import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Max and average pools over 1 to 3 axes, maxima also of `u8` and `i8`; indices of maxima are left to the reference.
final class PoolKernel: Kernel {
    static let name = "pool-f32"
    private let threads: Int32
    private let element: osteon_element
    private var pool = osteon_pool()

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is MaxPool || facts.op is AveragePool else { return KernelTable.notMine }
        guard facts.outputs.count == 1 else { return "the indices are asked for" }
        if !(facts.op is MaxPool && facts.isFixedBytes), let reason = facts.refusalUnlessF32 { return reason }
        guard let x = facts.shape(0), (x + (facts.outputShape ?? [])).allSatisfy({ $0 < 1 << 24 }) else {
            return "an extent beyond 16 million"
        }
        let most = 1 << 30
        let axes = try? Self.axes(facts, x)
        let fits = axes?.allSatisfy { max($0.stride, $0.dilation, $0.padBegin, $0.padEnd) < most && $0.kernel < most / $0.dilation }
        return fits == true ? nil : "a window beyond 2³⁰ places"
    }

    private static func axes(_ facts: NodeFacts, _ x: [Int]) throws(OsteonError) -> [SpatialWindow.ResolvedAxis] {
        let max = facts.op as? MaxPool
        let average = facts.op as? AveragePool
        let window = max?.window ?? average?.window ?? SpatialWindow()
        return try window.resolved(input: Array(x.dropFirst(2)), ceilMode: max?.ceilMode ?? average?.ceilMode ?? false)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        threads = Int32(clamping: facts.threads)
        guard let x = facts.shape(0), x.count >= 3, let element = facts.outputs[0].elementType.inC else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        self.element = element
        let average = facts.op as? AveragePool
        let axes = try Self.axes(facts, x)
        pool.planes = x[0] * x[1]
        pool.average = average == nil ? 0 : 1
        pool.count_padding = average?.countIncludePadding == true ? 1 : 0
        for axis in 0..<3 {
            let index = axis - (3 - axes.count)
            let resolved = index >= 0 ? axes[index] : nil
            setElement(&pool.input, axis, Int32(resolved?.input ?? 1))
            setElement(&pool.output, axis, Int32(resolved?.output ?? 1))
            setElement(&pool.kernel, axis, Int32(clamping: resolved?.kernel ?? 1))
            setElement(&pool.stride, axis, Int32(clamping: resolved?.stride ?? 1))
            setElement(&pool.dilation, axis, Int32(clamping: resolved?.dilation ?? 1))
            setElement(&pool.pad_begin, axis, Int32(clamping: resolved?.padBegin ?? 0))
            setElement(&pool.pad_end, axis, Int32(clamping: resolved?.padEnd ?? 0))
        }
    }

    var label: String { element == OSTEON_F32 ? Self.name : "max-pool-bytes" }

    func run(_ call: KernelCall) {
        osteon_pool_run(&pool, element, call.bytes(0), call.resultBytes(), threads)
    }
}
