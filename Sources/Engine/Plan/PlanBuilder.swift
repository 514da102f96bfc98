import Bytes
import GraphIR
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
    /// For each step, the inputs its kernel may overwrite.
    private var overwritable: [[Int]] = []

    init(graph: Graph, options: PlanOptions, isa: InstructionSet) {
        self.graph = graph
        self.options = options
        self.isa = isa
        threads = Threads.resolve(options.threads)
    }

    mutating func build() throws(OsteonError) -> Plan {
        for id in graph.inputs { _ = slot(id) }
        for id in try graph.topologicalOrder() { try addStep(id) }
        for id in graph.outputs { _ = slot(id) }
        let outputs = graph.outputs.map { slots[$0] ?? 0 }
        var layout = ValueLayout(values: values, steps: steps, overwritable: overwritable, outputs: outputs, keepAll: options.keepAll)
        let arena = try layout.settle()
        for index in layout.inPlaceSteps { reports[index].isInPlace = true }
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
        let node = graph[id]
        let outputTypes = node.outputs.map { graph.type($0) }
        let inputTypes = node.inputs.map { $0.map { graph.type($0) } }
        let facts = NodeFacts(
            name: node.name, op: node.op, inputs: inputTypes, constants: node.inputs.map { graph.constant($0) },
            outputs: outputTypes, isa: isa, threads: threads)
        var work = Step.Work.reference, refusals: [KernelRefusal] = [], absorbed: Set<Int> = [], overwrite: [Int] = []
        if isView(facts) {
            work = .view
        } else if !options.referenceOnly {
            let choice = KernelTable.choose(for: facts)
            refusals = choice.refusals
            if let type = choice.kernel {
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
        let outputs = node.outputs.map { slot($0) }
        var step = Step(name: node.name, op: node.op, work: work, inputs: inputs, outputs: outputs, outputTypes: outputTypes)
        step.multiplyAccumulates = node.op.multiplyAccumulates(inputs: inputTypes, outputs: outputTypes)
        if case .kernel(let kernel) = work { step.scratchByteCount = kernel.scratchByteCount }
        steps.append(step)
        overwritable.append(overwrite)
        reports.append(
            NodeReport(
                node: node.name, op: Swift.type(of: node.op).id, kernel: work.name, refusals: refusals, outputs: outputTypes,
                multiplyAccumulates: step.multiplyAccumulates, isInPlace: false))
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
