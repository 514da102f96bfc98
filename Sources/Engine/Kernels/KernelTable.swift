/// Every kernel there is, fastest first: a node gets the first that doesn't refuse it. Where all refuse, the
/// operator's own reference evaluation computes it.
public enum KernelTable {
    public static let all: [any Kernel.Type] = []

    /// The name reports give to the reference evaluation, the last resort below every row.
    public static let referenceName = "reference"

    /// The first kernel that takes the node, and why those before it refused.
    ///
    /// Only rows that know the operator at all are listed as refusing: a row answers `notMine` for others.
    public static func choose(for facts: NodeFacts) -> (kernel: (any Kernel.Type)?, refusals: [KernelRefusal]) {
        var refusals: [KernelRefusal] = []
        for kernel in all {
            if kernel.tier > facts.isa {
                if kernel.refusal(for: facts) == nil {
                    refusals.append(KernelRefusal(kernel: kernel.name, reason: "needs \(kernel.tier.rawValue)"))
                }
                continue
            }
            guard let reason = kernel.refusal(for: facts) else { return (kernel, refusals) }
            if reason != notMine { refusals.append(KernelRefusal(kernel: kernel.name, reason: reason)) }
        }
        return (nil, refusals)
    }

    /// What a kernel answers to an operator it wasn't written for.
    public static let notMine = "another operator"
}

/// Why a kernel didn't take a node.
public struct KernelRefusal: Sendable, Hashable {
    public var kernel: String
    public var reason: String
}
