import Bytes
import GraphIR
import Operators
import Tensors

/// Turns a bound graph into a plan: kernels first, then who shares memory with whom, then the arena.
struct PlanBuilder {
    let graph: Graph
    let options: PlanOptions
    let isa: InstructionSet
    let threads: Int

    private var slots: [ValueID: Int] = [:]
    private var values: [PlannedValue] = []
    private var steps: [Step] = []
    private var reports: [NodeReport] = []
    /// Which report is about each step.
    private var reportStep: [Int] = []
    /// For each step, the inputs its kernel may overwrite.
    private var overwritable: [[Int]] = []
    private let consumers: [ValueID: [NodeID]]
    /// Activations that the step before computes too.
    private var fused: Set<NodeID> = []

    init(graph: Graph, options: PlanOptions, isa: InstructionSet) {
        self.graph = graph
        self.options = options
        self.isa = isa
        threads = Threads.resolve(options.threads)
        consumers = graph.consumers()
    }

    mutating func build() throws(OsteonError) -> Plan {
        for id in graph.inputs { _ = slot(id) }
        for id in try graph.topologicalOrder() { try addStep(id) }
        for id in graph.outputs { _ = slot(id) }
        let outputs = graph.outputs.map { slots[$0] ?? 0 }
        let observed = values.indices.filter { options.observed.contains(UTF8Name(values[$0].name)) }
        var layout = ValueLayout(
            values: values, steps: steps, overwritable: overwritable, outputs: outputs, observed: observed, keepAll: options.keepAll)
        let arena = try layout.settle()
        for index in layout.inPlaceSteps { reports[reportStep[index]].isInPlace = true }
        return Plan(
            inputs: graph.inputs.map { port($0) }, outputs: graph.outputs.map { port($0) }, options: options, isa: isa,
            threads: threads, arenaByteCount: arena, report: reports, steps: layout.steps, values: layout.values)
    }

    private func port(_ id: ValueID) -> Plan.Port {
        Plan.Port(name: graph[id].name, type: graph.type(id), slot: slots[id] ?? 0)
    }

    private mutating func slot(_ id: ValueID) -> Int {
        if let slot = slots[id] { return slot }
        let value = graph[id]
        let place: PlannedValue.Place
        switch value.source {
        case .input: place = .input
        case .constant(let tensor): place = .constant(tensor)
        case .node: place = .fresh
        }
        slots[id] = values.count
        values.append(PlannedValue(name: value.name, type: value.type, place: place))
        return values.count - 1
    }

    private mutating func addStep(_ id: NodeID) throws(OsteonError) {
        if fused.contains(id) { return }
        let node = graph[id]
        var facts = facts(of: node)
        var work = Step.Work.reference, refusals: [KernelRefusal] = [], absorbed: Set<Int> = [], overwrite: [Int] = []
        var follower: Node?
        if isView(facts) {
            work = .view
        } else if !options.referenceOnly {
            let choice = KernelTable.choose(for: facts)
            refusals = choice.refusals
            if let type = choice.kernel {
                if type.fusesActivation { follower = takeActivation(after: node, &facts) }
                let kernel = try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
                    try type.init(preparing: facts)
                }
                work = .kernel(kernel)
                absorbed = kernel.absorbedInputs
                overwrite = type.inputsToOverwrite(facts)
            }
        }
        var inputs: [Int?] = []
        for (index, input) in node.inputs.enumerated() {
            inputs.append(absorbed.contains(index) ? nil : input.map { slot($0) })
        }
        let outputs = (follower ?? node).outputs.map { slot($0) }
        var step = Step(name: node.name, op: node.op, work: work, inputs: inputs, outputs: outputs, outputTypes: facts.outputs)
        step.multiplyAccumulates = node.op.multiplyAccumulates(inputs: facts.inputs, outputs: facts.outputs)
        if case .kernel(let kernel) = work { step.scratchByteCount = kernel.scratchByteCount }
        steps.append(step)
        overwritable.append(overwrite)
        reports.append(report(node, work.name, refusals, facts, step.multiplyAccumulates))
        reportStep.append(reports.count - 1)
        if let follower { reports.append(report(follower, "fused into \(node.name)", [], facts, 0)) }
    }

    private func facts(of node: Node) -> NodeFacts {
        NodeFacts(
            name: node.name, op: node.op, inputs: node.inputs.map { $0.map { graph.type($0) } },
            constants: node.inputs.map { graph.constant($0) }, outputs: node.outputs.map { graph.type($0) }, isa: isa, threads: threads)
    }

    /// Whether somebody outside the graph sees the value, so that no kernel may swallow it: an output, or one observed.
    private func isSeen(_ value: ValueID) -> Bool {
        options.keepAll || graph.outputs.contains(value) || options.observed.contains(UTF8Name(graph[value].name))
    }

    /// The activation that alone reads the node's result, for the node's own kernel to compute.
    private mutating func takeActivation(after node: Node, _ facts: inout NodeFacts) -> Node? {
        guard node.outputs.count == 1, !isSeen(node.outputs[0]) else { return nil }
        guard let readers = consumers[node.outputs[0]], readers.count == 1 else { return nil }
        let reader = graph[readers[0]]
        guard reader.inputs.count == 1, let activation = FusedActivation(reader.op) else { return nil }
        facts.activation = activation
        fused.insert(readers[0])
        return reader
    }

    private func report(
        _ node: Node, _ kernel: String, _ refusals: [KernelRefusal], _ facts: NodeFacts, _ multiplyAccumulates: Int
    ) -> NodeReport {
        NodeReport(
            node: node.name, op: Swift.type(of: node.op).id, kernel: kernel, refusals: refusals, outputs: facts.outputs,
            multiplyAccumulates: multiplyAccumulates, isInPlace: false)
    }

    private func isView(_ facts: NodeFacts) -> Bool {
        guard !facts.op.traits.isDisjoint(with: [.view, .identity]), facts.outputs.count == 1 else { return false }
        guard let input = facts.inputs.first, let input, let bytes = input.byteCount else { return false }
        return facts.outputs[0].byteCount == bytes && facts.outputs[0].elementType == input.elementType
    }
}

extension Step.Work {
    var name: String {
        switch self {
        case .kernel(let kernel): type(of: kernel).name
        case .reference: KernelTable.referenceName
        case .view: "view"
        }
    }
}
