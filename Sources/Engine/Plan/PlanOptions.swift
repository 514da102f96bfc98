import Bytes

/// How a plan is made.
package struct PlanOptions: Sendable {
    /// Threads to compute with; nil for one each processor.
    package var threads: Int?
    /// The highest tier to use; nil for the environment's `OSTEON_ISA`, else the highest there is.
    package var isa: InstructionSet?
    /// Every node by its reference evaluation: the oracle that kernels are held against.
    package var referenceOnly: Bool
    /// Every value gets memory of its own and is returned by `Session.run`.
    package var keepAll: Bool
    /// Values somebody looks at on the way, by name: each that the graph computes gets a step that gives it (no other node's
    /// kernel swallows it).
    package var observed: Set<UTF8Name>
    /// Whether observed values get memory of their own, which isn't used again while a tensor of it is kept.
    package var holdsObserved: Bool

    package init(
        threads: Int? = nil, isa: InstructionSet? = nil, referenceOnly: Bool = false, keepAll: Bool = false, observed: Set<UTF8Name> = [],
        holdsObserved: Bool = true
    ) {
        self.threads = threads
        self.isa = isa
        self.referenceOnly = referenceOnly
        self.keepAll = keepAll
        self.observed = observed
        self.holdsObserved = holdsObserved
    }
}
