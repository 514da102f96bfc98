import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Semilinear upsampling of the last three axes at most, one output plane at a time.
final class SemilinearUpsampleKernel: Kernel {
    static let name = "semilinear-upsample-f32"
    private let loops: Loops
    private var task = osteon_semilinear()
    let scratchByteCount: Int

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is SemilinearUpsample else { return KernelTable.notMine }
        if let reason = facts.refusalUnlessF32 { return reason }
        guard let x = facts.shape(0), (3...5).contains(x.count) else { return "more than three spatial axes" }
        return x.allSatisfy { $0 >= 1 && $0 < 1 << 24 } ? nil : "an extent is 0 or beyond 16 million"
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let op = facts.op as? SemilinearUpsample, let x = facts.shape(0) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let doubled = try op.resolvedAxes(rank: x.count)
        task.planes = x[0] * x[1]
        for axis in 0..<3 {
            let index = x.count - 3 + axis
            let isSpatial = index >= 2
            setElement(&task.input, axis, Int32(isSpatial ? x[index] : 1))
            setElement(&task.doubled, axis, Int32(isSpatial && doubled.contains(index) ? 1 : 0))
        }
        scratchByteCount = osteon_semilinear_scratch(&task, loops.threads)
    }

    func run(_ call: KernelCall) {
        osteon_semilinear_run(&task, call.floats(0), call.result(), call.scratch.baseAddress, loops.threads)
    }
}
