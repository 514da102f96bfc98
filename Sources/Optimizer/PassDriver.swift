import Bytes
import GraphIR

/// How to optimise.
package struct OptimizationOptions: Sendable {
    /// Stops after this many patches: to find the wrong one by bisection.
    package var stopAfter: Int?
    /// Compares before and after each patch; slow.
    package var check: EquivalenceCheck?
    /// How often the pipeline is walked at most.
    package var maximumSweeps = 6

    package init(stopAfter: Int? = nil, check: EquivalenceCheck? = nil) {
        self.stopAfter = stopAfter
        self.check = check
    }
}

extension Graph {
    /// Rewrites the graph with the passes of `pipeline`, each to its fixed point, over and over until none finds
    /// anything. Inputs and outputs keep names, order and types. The result depends on the graph and pipeline alone.
    /// - Throws: what a rule or operator throws, with the pass and node on its trail; `.verificationFailed` where the
    ///   check finds a broken promise. The graph is unchanged then.
    @discardableResult
    package mutating func optimize(
        _ pipeline: Pipeline = .standard, options: OptimizationOptions = OptimizationOptions()
    ) throws(OsteonError) -> OptimizationReport {
        var driver = try PassDriver(self, pipeline, options)
        try driver.run()
        self = driver.view.graph
        return driver.report
    }
}

/// Runs a pipeline and applies its patches, one by one.
struct PassDriver {
    var view: GraphView
    var report = OptimizationReport()
    private let passes: [any Pass]
    private let options: OptimizationOptions
    /// Guards against rules that undo each other's work.
    private let patchLimit: Int

    init(_ graph: Graph, _ pipeline: Pipeline, _ options: OptimizationOptions) throws(OsteonError) {
        view = GraphView(graph)
        var passes: [any Pass] = []
        for id in pipeline.passes {
            let pass = try PassCatalogue.make(id)
            passes.append(pass)
            report.passes.append(.init(id: type(of: pass).id, count: 0, seconds: 0))
        }
        self.passes = passes
        self.options = options
        report.nodesBefore = graph.nodeCount
        patchLimit = 20 * graph.nodeCount + 1000
    }

    mutating func run() throws(OsteonError) {
        var isChanging = true
        while isChanging, !isStopped, report.sweeps < options.maximumSweeps {
            let before = report.patchCount
            report.sweeps += 1
            report.declined = []
            for index in passes.indices where !isStopped {
                let pass = passes[index]
                let watch = Stopwatch()
                view.remarks.clear()
                try locating("pass \(type(of: pass).id)") { () throws(OsteonError) in
                    if let rule = pass as? any RewriteRule { try run(rule, index) }
                    if let whole = pass as? any GraphPass { try run(whole, index) }
                }
                report.passes[index].seconds += watch.seconds
                for (node, reason) in view.remarks.byNode.sorted(by: { $0.key < $1.key }) {
                    report.declined.append(.init(pass: type(of: pass).id, node: node, reason: reason))
                }
            }
            isChanging = report.patchCount > before
        }
        report.nodesAfter = view.graph.nodeCount
        if options.check != nil { try view.graph.verify() }
    }

    private var isStopped: Bool { report.stoppedEarly }

    private mutating func run(_ rule: any RewriteRule, _ index: Int) throws(OsteonError) {
        var queue = try view.graph.topologicalOrder()
        var isQueued = Set(queue)
        var next = 0
        while next < queue.count, !isStopped {
            let id = queue[next]
            next += 1
            isQueued.remove(id)
            guard view.graph.contains(id) else { continue }
            let name = view.graph[id].name
            let touched = try locating("node \(name)") { () throws(OsteonError) -> [NodeID] in
                guard let patch = try rule.patch(at: id, in: view) else { return [] }
                return try apply(patch, index, at: name)
            }
            for node in touched where isQueued.insert(node).inserted { queue.append(node) }
        }
    }

    private mutating func run(_ pass: any GraphPass, _ index: Int) throws(OsteonError) {
        for patch in try pass.patches(in: view) where !isStopped {
            let name =
                patch.removals.first.map { view.graph.contains($0) ? view.graph[$0].name : "" }
                ?? patch.replacements.first.map { view.graph.contains($0.old) ? view.graph[$0.old].name : "" } ?? ""
            _ = try apply(patch, index, at: name)
        }
    }

    /// Applies one patch of pass `index`, found at the node or value `place`.
    /// - Returns: the nodes to look at again.
    private mutating func apply(_ patch: GraphPatch, _ index: Int, at place: String) throws(OsteonError) -> [NodeID] {
        if let limit = options.stopAfter, report.patchCount >= limit { report.stoppedEarly = true }
        if report.patchCount >= patchLimit { report.stoppedEarly = true }
        guard !isStopped else { return [] }
        let pass = type(of: passes[index])
        let before = options.check == nil ? nil : view.graph
        guard let change = try view.apply(patch) else { return [] }
        report.passes[index].count += 1
        report.explanations.append(.init(pass: pass.id, node: place, reason: patch.reason))
        if let check = options.check, let before {
            try locating("patch \(report.patchCount) (\(patch.reason))") { () throws(OsteonError) in
                try view.graph.verify()
                try check.run(before: before, after: view.graph, names: change.names, promise: patch.promise ?? pass.promise)
            }
        }
        return change.touched
    }
}
