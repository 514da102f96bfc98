/// How a plan is made.
public struct PlanOptions: Sendable {
    /// Threads to compute with; nil for one each processor.
    public var threads: Int?
    /// The highest tier to use; nil for the environment's `OSTEON_ISA`, else the highest there is.
    public var isa: InstructionSet?
    /// Every node by its reference evaluation: the oracle that kernels are held against.
    public var referenceOnly: Bool
    /// Every value gets memory of its own and is returned by `Session.run`.
    public var keepAll: Bool

    public init(threads: Int? = nil, isa: InstructionSet? = nil, referenceOnly: Bool = false, keepAll: Bool = false) {
        self.threads = threads
        self.isa = isa
        self.referenceOnly = referenceOnly
        self.keepAll = keepAll
    }
}
