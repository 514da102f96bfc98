/// What an optimisation did.
public struct OptimizationReport: Sendable {
    public struct PassResult: Sendable {
        public var id: String
        /// Patches applied, over all sweeps.
        public var count: Int
        public var seconds: Double
    }

    /// One patch applied, or one declined.
    public struct Explanation: Sendable, CustomStringConvertible {
        public var pass: String
        /// The node the pattern was found at.
        public var node: String
        public var reason: String

        public var description: String { "\(pass): \(node): \(reason)" }
    }

    /// In pipeline order, those that did nothing too.
    public var passes: [PassResult] = []
    /// Every patch in the order of application.
    public var explanations: [Explanation] = []
    /// Nodes a rule nearly matched and why it left them, by the last sweep.
    public var declined: [Explanation] = []
    public var nodesBefore = 0
    public var nodesAfter = 0
    /// How often the pipeline was walked; the last walk changed nothing unless it was cut short.
    public var sweeps = 0
    /// Whether `stopAfter` or the limit on patches ended it early.
    public var stoppedEarly = false

    public init() {}

    /// Patches applied in all.
    public var patchCount: Int { passes.reduce(0) { $0 + $1.count } }
    public func count(_ pass: String) -> Int { passes.first { $0.id == pass }?.count ?? 0 }
}
