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
    private var unpacked = UnpackedConstants()
    /// Nodes whose kernels read bytes.
    private var regions: [NodeID: ByteRegion] = [:]
    private var regionRefusals: [NodeID: KernelRefusal] = [:]
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
            try findRegions(order)
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

    private var surroundings: ByteRegion.Surroundings {
        ByteRegion.Surroundings(graph: graph, consumers: consumers, unpacked: unpacked, isSeen: isSeen)
    }

    /// Settles which nodes are computed from bytes, and which dequantizations then nobody reads.
    private mutating func findRegions(_ order: [NodeID]) throws(OsteonError) {
        let place = surroundings
        var readers: [NodeID: [String]] = [:]
        for id in order where withoutStep[id] == nil {
            guard let region = try region(of: id, place) else { continue }
            for dequantizer in region.dequantizers { readers[dequantizer, default: []].append(graph[id].name) }
            for follower in region.followers { withoutStep[follower] = Self.fused(into: [graph[id].name]) }
        }
        for (id, names) in readers {
            let value = graph[id].outputs[0]
            if !isSeen(value), consumers[value]?.count == names.count { withoutStep[id] = Self.fused(into: names) }
        }
    }

    /// The region around a node that some kernel takes; it's noted in `regions`.
    private mutating func region(of id: NodeID, _ place: ByteRegion.Surroundings) throws(OsteonError) -> ByteRegion? {
        if var region = ByteRegion.integer(id, place) {
            try region.takeActivation(place)
            region.takeQuantization(place)
            regions[id] = region
            let facts = try facts(of: id)
            let isProduct = facts.op.layer(graph.context(graph[id]))?.family == .product
            let kernel: any Kernel.Type = isProduct ? IntegerProductKernel.self : IntegerConvolutionKernel.self
            guard let reason = kernel.refusal(for: facts) else { return region }
            regionRefusals[id] = KernelRefusal(kernel: kernel.name, reason: reason)
        } else if let region = try ByteRegion.movement(id, place) {
            if try movesBytes(id, region) {
                regions[id] = region
                return region
            }
        } else if let region = ByteRegion.floats(id, place) {
            regions[id] = region
            let choice = try KernelTable.choose(for: facts(of: id))
            if choice.kernel?.readsBytes == true, choice.original == nil { return region }
        }
        regions[id] = nil
        return nil
    }

    /// Whether bytes are moved by as good a kernel as floats.
    private mutating func movesBytes(_ id: NodeID, _ region: ByteRegion) throws(OsteonError) -> Bool {
        regions[id] = region
        let facts = try facts(of: id)
        regions[id] = nil
        if isView(facts) { return true }
        if try KernelTable.choose(for: facts).kernel != nil { return true }
        // An operator by itself can't be given another fill.
        guard region.fill == nil else { return false }
        return try KernelTable.choose(for: self.facts(of: id)).kernel == nil
    }

    private static func fused(into names: [String]) -> String { "fused into \(names.joined(separator: ", "))" }

    private mutating func addStep(_ id: NodeID) throws(OsteonError) {
        let node = graph[id]
        if let reason = withoutStep[id] {
            reports.append(report(node, reason, [], node.outputs.map { graph.type($0) }, 0))
            return
        }
        let facts = try facts(of: id)
        var work = Step.Work.reference
        var choice = KernelChoice(facts: facts)
        var results = node.outputs
        if let region = regions[id] { results = [region.result] }
        if isView(facts) {
            work = .view
        } else if !options.referenceOnly {
            choice = try KernelTable.choose(for: facts)
            if let refusal = regionRefusals[id] { choice.refusals.insert(refusal, at: 0) }
            if let result = try takeFollowers(of: id, &choice) { results = [result] }
            let kernel = try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
                try choice.prepared()
            }
            if let kernel { work = .kernel(kernel) }
        }
        let inputs = try slots(of: id, facts, work)
        var step = Step(
            name: node.name, op: node.op, work: work, inputs: inputs, outputs: results.map { slot($0) },
            outputTypes: results.map { graph.type($0) })
        step.multiplyAccumulates = node.op.multiplyAccumulates(inputs: facts.inputs, outputs: facts.outputs)
        if case .kernel(let kernel) = work { step.scratchByteCount = kernel.scratchByteCount }
        steps.append(step)
        overwritable.append(choice.inputsToOverwrite)
        reports.append(
            report(
                node, work.name, choice.refusals, step.outputTypes, step.multiplyAccumulates,
                precision: work.precision ?? facts.outputs.first?.elementType.precision))
        reportStep.append(reports.count - 1)
    }

    /// The activation and quantization that alone read a node's result, for its own kernel to compute where it can.
    /// - Returns: the value that then comes out.
    private mutating func takeFollowers(of id: NodeID, _ choice: inout KernelChoice) throws(OsteonError) -> ValueID? {
        guard let kernel = choice.kernel, graph[id].outputs.count == 1 else { return nil }
        var region = regions[id] ?? .plain(graph[id])
        guard case .floats = region.kind else { return nil }
        let place = surroundings
        if kernel.fusesActivation { try region.takeActivation(place) }
        if kernel.writesBytes, choice.original == nil { region.takeQuantization(place) }
        if kernel.givesFloats { region.takeCast(place) }
        guard !region.followers.isEmpty else { return nil }
        choice.facts.activation = region.activation
        choice.facts.byteOutput = region.output
        if kernel.givesFloats { choice.facts.outputs[0] = graph.type(region.result) }
        for follower in region.followers { withoutStep[follower] = Self.fused(into: [graph[id].name]) }
        return region.result
    }

    /// The slots a step reads; what its kernel has taken in is left out.
    private mutating func slots(of id: NodeID, _ facts: NodeFacts, _ work: Step.Work) throws(OsteonError) -> [Int?] {
        var absorbed: Set<Int> = []
        if case .kernel(let kernel) = work { absorbed = kernel.absorbedInputs }
        let sources = regions[id]?.sources ?? [:]
        var result: [Int?] = []
        for (index, input) in graph[id].inputs.enumerated() {
            guard let input = sources[index] ?? input, !absorbed.contains(index) else {
                result.append(nil)
                continue
            }
            if unpacked.contains(input), let tensor = facts.constant(index) { keep(input, tensor) }
            result.append(slot(input))
        }
        return result
    }

    private func facts(of id: NodeID) throws(OsteonError) -> NodeFacts {
        let node = graph[id]
        let region = regions[id]
        var constants: [Tensor?] = []
        for (index, input) in node.inputs.enumerated() {
            // An integer kernel has the weights as they're stored.
            if index == 1, case .integer = region?.kind {
                constants.append(nil)
            } else {
                constants.append(try unpacked.value(input, graph, isa: isa, threads: threads))
            }
        }
        var facts = NodeFacts(
            name: node.name, op: node.op, inputs: node.inputs.map { $0.map { graph.type($0) } }, constants: constants,
            outputs: node.outputs.map { graph.type($0) }, isa: isa, threads: threads)
        guard let region else { return facts }
        switch region.kind {
        case .integer(let quantized):
            facts.quantized = quantized
            facts.activation = region.activation
            facts.byteOutput = region.output
        case .movement(let type):
            for index in region.sources.keys { facts.inputs[index]?.elementType = type }
            facts.outputs[0].elementType = type
            if let (index, value) = region.fill {
                while facts.inputs.count <= index { facts.inputs.append(nil) }
                while facts.constants.count <= index { facts.constants.append(nil) }
                (facts.inputs[index], facts.constants[index]) = (value.type, value)
            }
        case .floats:
            facts.byteInputs = region.scales
        }
        return facts
    }

    /// Whether somebody outside the graph sees the value, so that no kernel may swallow it: an output, or one observed.
    private func isSeen(_ value: ValueID) -> Bool {
        options.keepAll || graph.outputs.contains(value) || options.observed.contains(UTF8Name(graph[value].name))
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
