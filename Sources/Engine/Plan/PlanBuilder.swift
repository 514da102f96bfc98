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
    private var unpacked = UnpackedConstants()
    /// Nodes that integer kernels take together with what's around them.
    private var integer: [NodeID: IntegerPattern] = [:]
    private var integerRefusals: [NodeID: KernelRefusal] = [:]
    /// What reports say of nodes that have no step.
    private var withoutStep: [NodeID: String] = [:]

    init(graph: Graph, options: PlanOptions, isa: InstructionSet) {
        self.graph = graph
        self.options = options
        self.isa = isa
        threads = Threads.resolve(options.threads)
        consumers = graph.consumers()
    }

    mutating func build() throws(OsteonError) -> Plan {
        for id in graph.inputs { _ = slot(id) }
        let order = try graph.topologicalOrder()
        if !options.referenceOnly {
            for id in order where unpacked.take(id, graph) { withoutStep[id] = UnpackedConstants.reportName }
            try findIntegerPatterns(order)
        }
        for id in order { try addStep(id) }
        for id in graph.outputs {
            if unpacked.contains(id), let tensor = try unpacked.value(id, graph, isa: isa, threads: threads) { keep(id, tensor) }
            _ = slot(id)
        }
        let outputs = graph.outputs.map { slots[$0] ?? 0 }
        let observed = values.indices.filter { options.holdsObserved && options.observed.contains(UTF8Name(values[$0].name)) }
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

    /// Makes an unpacked constant one of the plan, for steps that read it in every run.
    private mutating func keep(_ id: ValueID, _ tensor: Tensor) {
        unpacked.keep(id, tensor)
        values[slot(id)].place = .constant(tensor)
    }

    /// Settles which nodes integer kernels compute, and which dequantizations then nobody reads.
    private mutating func findIntegerPatterns(_ order: [NodeID]) throws(OsteonError) {
        var unread: [NodeID: [String]] = [:]
        for id in order {
            guard var pattern = IntegerPattern(id, graph) else { continue }
            pattern.extend(graph, consumers, isSeen: isSeen)
            integer[id] = pattern
            // Kernels only ask whether there are constants here.
            if let reason = IntegerConvolutionKernel.refusal(for: try facts(of: id)) {
                integer[id] = nil
                integerRefusals[id] = KernelRefusal(kernel: IntegerConvolutionKernel.name, reason: reason)
                continue
            }
            unread[pattern.dequantizer, default: []].append(graph[id].name)
            for follower in pattern.followers { withoutStep[follower] = "fused into \(graph[id].name)" }
        }
        for (id, readers) in unread {
            let value = graph[id].outputs[0]
            guard !isSeen(value), consumers[value]?.count == readers.count else { continue }
            withoutStep[id] = "fused into \(readers.joined(separator: ", "))"
        }
    }

    private mutating func addStep(_ id: NodeID) throws(OsteonError) {
        if fused.contains(id) { return }
        let node = graph[id]
        if let reason = withoutStep[id] {
            reports.append(report(node, reason, [], node.outputs.map { graph.type($0) }, 0))
            return
        }
        let facts = try facts(of: id)
        var work = Step.Work.reference, choice = KernelChoice(facts: facts)
        var follower: Node?
        if isView(facts) {
            work = .view
        } else if !options.referenceOnly {
            choice = try KernelTable.choose(for: facts)
            if let refusal = integerRefusals[id] { choice.refusals.insert(refusal, at: 0) }
            if choice.kernel?.fusesActivation == true { follower = takeActivation(after: node, &choice.facts) }
            let kernel = try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
                try choice.prepared()
            }
            if let kernel { work = .kernel(kernel) }
        }
        let inputs = try slots(of: id, facts, work)
        let results = integer[id].map { [$0.result] } ?? (follower ?? node).outputs
        var step = Step(
            name: node.name, op: node.op, work: work, inputs: inputs, outputs: results.map { slot($0) },
            outputTypes: results.map { graph.type($0) })
        step.multiplyAccumulates = node.op.multiplyAccumulates(inputs: facts.inputs, outputs: facts.outputs)
        if case .kernel(let kernel) = work { step.scratchByteCount = kernel.scratchByteCount }
        steps.append(step)
        overwritable.append(choice.inputsToOverwrite)
        reports.append(report(node, work.name, choice.refusals, step.outputTypes, step.multiplyAccumulates, precision: work.precision))
        reportStep.append(reports.count - 1)
        if let follower { reports.append(report(follower, "fused into \(node.name)", [], facts.outputs, 0)) }
    }

    /// The slots a step reads; what its kernel has taken in is left out.
    private mutating func slots(of id: NodeID, _ facts: NodeFacts, _ work: Step.Work) throws(OsteonError) -> [Int?] {
        let node = graph[id]
        if let pattern = integer[id] { return [slot(pattern.source)] + node.inputs.dropFirst().map { _ in nil } }
        var absorbed: Set<Int> = []
        if case .kernel(let kernel) = work { absorbed = kernel.absorbedInputs }
        var result: [Int?] = []
        for (index, input) in node.inputs.enumerated() {
            if !absorbed.contains(index), let input, unpacked.contains(input), let tensor = facts.constant(index) { keep(input, tensor) }
            result.append(absorbed.contains(index) ? nil : input.map { slot($0) })
        }
        return result
    }

    private func facts(of id: NodeID) throws(OsteonError) -> NodeFacts {
        let node = graph[id], pattern = integer[id]
        var constants: [Tensor?] = []
        for (index, input) in node.inputs.enumerated() {
            // An integer kernel has the weights as they're stored.
            let isWeight = index == 1 && pattern != nil
            constants.append(isWeight ? nil : try unpacked.value(input, graph, isa: isa, threads: threads))
        }
        var facts = NodeFacts(
            name: node.name, op: node.op, inputs: node.inputs.map { $0.map { graph.type($0) } }, constants: constants,
            outputs: node.outputs.map { graph.type($0) }, isa: isa, threads: threads)
        if let pattern {
            facts.quantized = pattern.facts
            facts.activation = pattern.activation
        }
        return facts
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
        _ node: Node, _ kernel: String, _ refusals: [KernelRefusal], _ outputs: [TensorType], _ multiplyAccumulates: Int,
        precision: String? = nil
    ) -> NodeReport {
        NodeReport(
            node: node.name, op: Swift.type(of: node.op).id, kernel: kernel, refusals: refusals, outputs: outputs,
            multiplyAccumulates: multiplyAccumulates, isInPlace: false,
            precision: precision ?? outputs.first?.elementType.precision ?? "fp32")
    }

    private func isView(_ facts: NodeFacts) -> Bool {
        guard !facts.op.traits.isDisjoint(with: [.view, .identity]), facts.outputs.count == 1 else { return false }
        guard let input = facts.inputs.first, let input, let bytes = input.byteCount else { return false }
        return facts.outputs[0].byteCount == bytes && facts.outputs[0].elementType == input.elementType
    }
}

extension ElementType {
    /// What a node that makes such values is computed in, as reports name it.
    fileprivate var precision: String {
        switch self {
        case .f16: "fp16"
        case .bf16: "bf16"
        case .f64: "fp64"
        case .u8, .i8: "int8"
        default: "fp32"
        }
    }
}

extension Step.Work {
    /// What a kernel computes in, where that's not its result's type.
    var precision: String? { if case .kernel(let kernel) = self { kernel.precision } else { nil } }

    var name: String {
        switch self {
        case .kernel(let kernel): kernel.label
        case .reference: KernelTable.referenceName
        case .view: "view"
        }
    }
}
