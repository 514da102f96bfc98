import Bytes
import Contracts
import GraphIR
import Operators
import Tensors

/// Puts the imaging contract together: what the configurations say, held against the graph, completed from the catalogue.
///
/// The graph is always right about numbers of channels; the archive goes before the catalogue.
struct ContractAssembly {
    let facts: ArchiveFacts
    /// nil for an archive without its model.
    private let graph: Graph?
    private let kind: ModelFiles.Kind?
    let entry: CatalogueEntry?
    var notes: [String]

    private static let mostNotes = 100

    init(_ facts: ArchiveFacts, _ graph: Graph?, _ kind: ModelFiles.Kind?) throws(OsteonError) {
        self.facts = facts
        self.graph = graph
        self.kind = kind
        notes = facts.notes
        let catalogue = try Catalogue.standard()
        // Later releases for PyTorch have the same descriptions and other networks.
        let described =
            facts.isOfPublishedKind && kind != .torch
            ? facts.task.flatMap { catalogue.model(described: facts.text, task: $0.rawValue) } : nil
        entry = catalogue.model(named: facts.name) ?? catalogue.model(named: facts.text) ?? described
    }

    func contract() throws(OsteonError) -> ImagingContract {
        var copy = self
        return try copy.assemble()
    }

    private mutating func assemble() throws(OsteonError) -> ImagingContract {
        let inputValue = end(graph?.inputs ?? [], named: facts.inputNodes + [ArchivedModel.inputName])
        let outputValue = end(graph?.outputs ?? [], named: facts.outputNodes + [ArchivedModel.outputName])
        guard graph == nil || inputValue != nil && outputValue != nil else {
            throw OsteonError(.invalidGraph, "The archive's graph has no input or no output.")
        }
        let layout = layout(of: inputValue)
        var input = ImagingContract.Input(
            name: name(inputValue) ?? facts.inputNodes.first ?? ArchivedModel.inputName, field: facts.inputField ?? "image", layout: layout)
        input.channels = channels(count: inputCount(inputValue, layout))
        var output = ImagingContract.Output(
            name: name(outputValue) ?? facts.outputNodes.first ?? ArchivedModel.outputName, field: facts.outputField ?? "model",
            layout: layout)
        output.channels = outputCount(outputValue, layout) ?? (graph == nil ? entry?.output.channels : nil)
        output.activation = activation(outputValue)
        output.labels = labels(output)
        comparePipelines()
        var contract = ImagingContract(
            name: facts.name, task: facts.task ?? entry.flatMap { .init(rawValue: $0.task.rawValue) } ?? .unknown, text: facts.text,
            input: input, output: output, pipelines: facts.pipelines, labelTransforms: facts.labelTransforms, metrics: facts.metrics,
            datasets: facts.cases.map(\.dataset))
        contract.documentation = documentation(output)
        contract.sources = facts.sources
        contract.notes =
            notes.count > Self.mostNotes
            ? notes.prefix(Self.mostNotes) + ["\(notes.count - Self.mostNotes) more of the kind"] : notes
        return contract
    }

    // MARK: Ends

    private func name(_ value: ValueID?) -> String? { value.flatMap { graph?[$0].name } }
    private func type(_ value: ValueID?) -> TensorType? { value.flatMap { graph?.type($0) } }

    /// The value of that name; else the first of floating-point numbers, else the first.
    private func end(_ values: [ValueID], named names: [String]) -> ValueID? {
        values.first { name($0).map(names.contains) ?? false } ?? values.first { type($0)?.elementType.isFloat ?? false } ?? values.first
    }

    /// As the configuration says; else the axis with few channels; else as the catalogue says.
    private func layout(of value: ValueID?) -> ImagingContract.Layout {
        if let layout = facts.layout { return layout }
        if let shape = type(value)?.shape, shape.count >= 3 {
            let first = shape[1].fixed
            let last = shape[shape.count - 1].fixed
            if let first, last == nil || first <= 16 && last ?? 0 > 16 { return .channelsFirst }
            if let last, first == nil || last <= 16 && first ?? 0 > 16 { return .channelsLast }
        }
        return entry.flatMap { ImagingContract.Layout(rawValue: $0.input.layout) } ?? .channelsFirst
    }

    private func extent(_ value: ValueID?, _ layout: ImagingContract.Layout) -> Int? {
        guard let shape = type(value)?.shape, shape.count >= 2 else { return nil }
        return (layout == .channelsFirst ? shape[1] : shape[shape.count - 1]).fixed
    }

    private mutating func inputCount(_ value: ValueID?, _ layout: ImagingContract.Layout) -> Int? {
        settle(extent(value, layout), facts.inputCounts, "input") ?? facts.expectedInputCount ?? entry?.input.graphChannels
    }

    private mutating func outputCount(_ value: ValueID?, _ layout: ImagingContract.Layout) -> Int? {
        settle(extent(value, layout), facts.outputCounts, "output")
    }

    /// The graph's number of channels, or the first said; differences are noted.
    private mutating func settle(_ own: Int?, _ said: [ArchiveFacts.Count], _ side: String) -> Int? {
        guard let result = own ?? said.first?.channels else { return nil }
        for count in said where count.channels != result {
            notes.append("the \(side) has \(result) channels, \(count.source) says \(count.channels)")
        }
        return result
    }

    // MARK: Activation

    /// What the graph ends with where that's seen, else what the configuration says.
    private mutating func activation(_ value: ValueID?) -> ImagingContract.Activation? {
        let seen = lastActivation(value)
        let said = facts.activation
        if let seen, let said, seen != said {
            notes.append("the graph ends in \(seen.rawValue), \(facts.network?.file ?? "a configuration") says \(said.rawValue)")
        }
        if let activation = seen ?? said { return activation }
        // Definitions of weights alone end in logits.
        return kind == .torch ? ImagingContract.Activation.none : nil
    }

    private func lastActivation(_ value: ValueID?) -> ImagingContract.Activation? {
        guard let graph, var current = value else { return nil }
        for _ in 0..<8 {
            guard let producer = graph.producer(current) else { return nil }
            let node = graph[producer]
            switch node.op {
            case is Softmax: return .softmax
            case is Sigmoid: return .sigmoid
            default:
                guard node.op.selection(graph.context(node)) == .first || node.op.traits.isSuperset(of: [.elementwise, .movesBits]) else {
                    return nil
                }
                guard let source = node.inputs.first ?? nil else { return nil }
                current = source
            }
        }
        return nil
    }

    // MARK: Documentation and contradictions

    private mutating func documentation(_ output: ImagingContract.Output) -> ImagingContract.Documentation? {
        guard let entry else {
            return facts.documentedScores.isEmpty
                ? nil : .init(model: facts.name, channels: output.channels, targets: facts.documentedScores)
        }
        let network = entry.network(of: facts.name)
        var result = ImagingContract.Documentation(
            model: entry.name, documentedChannels: entry.output.documentedChannels, channels: output.channels ?? entry.output.channels)
        if network == .other {
            result.notes.append("\(facts.name) has another network than \(entry.name); the scores documented for that aren't its own")
        } else {
            result.targets = entry.targets.map { .init(metric: $0.metric.rawValue, name: $0.name, label: $0.label, value: $0.value) }
            if network == .unknown {
                result.notes.append("it isn't known whether \(facts.name) has the network the scores are documented for")
            }
        }
        if let note = entry.output.note, entry.output.documentedChannels != entry.output.channels { result.notes.append(note) }
        result.notes += entry.notes
        if let channels = output.channels, let documented = entry.output.channels, channels != documented, network != .other {
            notes.append("the graph has \(channels) output channels, \(entry.name) is known with \(documented)")
        }
        return result
    }

    /// Notes where the way for validation and the server's differ in what changes results.
    private mutating func comparePipelines() {
        guard let first = facts.pipelines.first else { return }
        for other in facts.pipelines.dropFirst() {
            if let a = first.window?.region, let b = other.window?.region, a != b {
                let text = { (region: [Int]) in region.map(String.init).joined(separator: "x") }
                notes.append("\(first.source) scans with \(text(a)), \(other.source) with \(text(b))")
            }
            let a = first.preprocessing.lazy.compactMap(\.intensityRange).first
            let b = other.preprocessing.lazy.compactMap(\.intensityRange).first
            if let a, let b, a != b {
                notes.append(
                    """
                    \(first.source) scales intensities from \(a.sourceMinimum)…\(a.sourceMaximum), \(other.source) from \
                    \(b.sourceMinimum)…\(b.sourceMaximum)
                    """
                )
            }
        }
    }
}
