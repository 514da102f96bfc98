/// Every kernel there is, fastest first: a node gets the first that doesn't refuse it. Where all refuse, the
/// operator's own reference evaluation computes it.
public enum KernelTable {
    public static let all: [any Kernel.Type] = [
        ConvolutionKernel.self,
        TransposedConvolutionKernel.self,
        MatrixProductKernel.self,
        BatchNormalizationKernel.self,
        GroupNormalizationKernel.self,
        LayerNormalizationKernel.self,
        PoolKernel.self,
        ReduceRowsKernel.self,
        SoftmaxKernel.self,
        ArgMaxKernel.self,
        ResizeKernel.self,
        SemilinearUpsampleKernel.self,
        MapKernel.self,
        ZipKernel.self,
        CopyKernel.self,
    ]

    /// The name reports give to the reference evaluation, the last resort below every row.
    public static let referenceName = "reference"
    /// What a kernel answers to an operator it wasn't written for.
    public static let notMine = "another operator"

    /// The first kernel that takes the node, and why those before it that know the operator refused.
    public static func choose(for facts: NodeFacts) -> (kernel: (any Kernel.Type)?, refusals: [KernelRefusal]) {
        var refusals: [KernelRefusal] = []
        for kernel in all {
            let reason = kernel.refusal(for: facts)
            if reason == notMine { continue }
            if kernel.tier > facts.isa {
                refusals.append(KernelRefusal(kernel: kernel.name, reason: "needs \(kernel.tier.rawValue)"))
            } else if let reason {
                refusals.append(KernelRefusal(kernel: kernel.name, reason: reason))
            } else {
                return (kernel, refusals)
            }
        }
        return (nil, refusals)
    }
}

/// Why a kernel didn't take a node.
public struct KernelRefusal: Sendable, Hashable {
    public var kernel: String
    public var reason: String
}
