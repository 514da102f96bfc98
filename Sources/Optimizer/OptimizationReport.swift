/// What an optimisation did.
package struct OptimizationReport: Sendable {
    package struct PassResult: Sendable {
        package var id: String
        /// Patches applied, over all sweeps.
        package var count: Int
        package var seconds: Double
    }

    /// One patch applied, or one declined.
    package struct Explanation: Sendable, CustomStringConvertible {
        package var pass: String
        /// The node the pattern was found at.
        package var node: String
        package var reason: String

        package var description: String { "\(pass): \(node): \(reason)" }
    }

    /// In pipeline order, those that did nothing too.
    package var passes: [PassResult] = []
    /// Every patch in the order of application.
    package var explanations: [Explanation] = []
    /// Nodes a rule nearly matched and why it left them, by the last sweep.
    package var declined: [Explanation] = []
    package var nodesBefore = 0
    package var nodesAfter = 0
    /// How often the pipeline was walked; the last walk changed nothing unless it was cut short.
    package var sweeps = 0
    /// Whether `stopAfter` or the limit on patches ended it early.
    package var stoppedEarly = false

    package init() {}

    /// Patches applied in all.
    package var patchCount: Int { passes.reduce(0) { $0 + $1.count } }
    package func count(_ pass: String) -> Int { passes.first { $0.id == pass }?.count ?? 0 }
}
