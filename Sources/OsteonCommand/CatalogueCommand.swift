import ArchiveImport
import ArgumentParser
import Bytes
import Workflows

/// `osteon catalog`: the published models, their inputs, labels and scores.
struct CatalogueCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "List the published models: inputs, labels and the scores to reach.",
        discussion: "With a name, everything known of that model, how certain it is, and where its model card is wrong.")

    @Argument(help: "The name of a model on NGC, or a later one.")
    var name: String?

    @OptionGroup var output: OutputOptions

    var limits: ProcessLimits { ProcessLimits(output) }

    func run() throws {
        let catalogue = try Catalogue.standard()
        let models = try name.map { name throws(OsteonError) in [try catalogue.entry(named: name)] } ?? catalogue.models
        if output.json {
            try Console.show(Catalogue.report(models))
        } else if name != nil {
            try Console.show(models.flatMap { CatalogueText($0).lines })
        } else {
            try Console.show(CatalogueText.table(models))
        }
    }
}

/// An entry of the catalogue as people read it.
struct CatalogueText {
    let entry: CatalogueEntry

    init(_ entry: CatalogueEntry) { self.entry = entry }

    static func table(_ models: [CatalogueEntry]) -> [String] {
        var table = TextTable(["model", "network", "input", "size", "out", "scores"], numeric: [4])
        for entry in models {
            let scores = entry.targets.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            table.add([
                entry.name, entry.architecture.family ?? "?", entry.input.channels.map(\.name).joined(separator: "+"),
                size(entry.input), entry.output.channels.map(String.init) ?? "?", scores,
            ])
        }
        return table.lines
    }

    private static func size(_ input: CatalogueEntry.Input) -> String {
        if let actual = input.actualShape { return actual.map(String.init).joined(separator: "×") }
        switch input.shape {
        case .fixed(let shape): return shape.map(String.init).joined(separator: "×")
        case .dynamic: return "dynamic"
        case nil: return "?"
        }
    }

    var lines: [String] {
        var lines = ["\(entry.name): \(entry.title)", ""]
        func add(_ name: String, _ text: String?) {
            if let text { lines.append(name.padding(to: 14) + text) }
        }
        for alias in entry.aliases {
            add(
                "also",
                "\(alias.name) (\(alias.network == .unknown ? "not known whether the same network" : "\(alias.network.rawValue) network"))")
        }
        let network = entry.architecture
        add("network", "\(network.family ?? "unknown") (\(network.confidence.rawValue))")
        if let name = network.className {
            let arguments = (network.arguments ?? []).map { "\($0.name)=\($0.value.text())" }.joined(separator: ", ")
            add("", "\(name)(\(arguments)) (\(network.argumentsConfidence.rawValue))")
        }
        add("", network.note)
        let input = entry.input
        let channels = input.channels.map { $0.modality == nil || $0.modality == $0.name ? $0.name : "\($0.name) (\($0.modality ?? ""))" }
        add(
            "input",
            """
            \(channels.joined(separator: ", ")); \(input.graphChannels) in the graph, \(input.layout.replacing("_", with: " ")) \
            (\(input.confidence.rawValue))
            """
        )
        if case .dynamic = input.shape { add("", "training graph: dynamic") }
        if case .fixed(let shape) = input.shape { add("", "shape: \(shape.map(String.init).joined(separator: " × "))") }
        if let actual = input.actualShape { add("", "actual input: \(actual.map(String.init).joined(separator: " × "))") }
        add("", input.note)
        let output = entry.output
        add(
            "output",
            """
            \(output.channels.map(String.init) ?? "unknown number of") channels, documented \
            \(output.documentedChannels.map(String.init) ?? "not at all"), \(output.activation ?? "unknown activation") \
            (\(output.confidence.rawValue))
            """
        )
        for label in output.labels {
            let documented =
                label.documented.map { $0.lowercased() == label.name.lowercased() ? "" : " (card: \($0))" } ?? " (not on the card)"
            add("", "\(label.index) \(label.name)\(documented)")
        }
        add("", output.note)
        addIntensity(add)
        addData(add)
        for target in entry.targets {
            add(
                target.metric.rawValue,
                "\(target.name) \(target.value)\(target.documented == target.name ? "" : " (card: \(target.documented))")")
        }
        for erratum in entry.errata { add("card errs", "\(erratum.documented) → \(erratum.reading)") }
        for note in entry.notes { add("note", note) }
        if !entry.references.isEmpty { add("papers", entry.references.joined(separator: ", ")) }
        return lines
    }

    private func addIntensity(_ add: (String, String?) -> Void) {
        let intensity = entry.intensity
        let arguments = (intensity.arguments ?? []).map { "\($0.name)=\($0.value.text())" }.joined(separator: ", ")
        add("intensities", intensity.transform.map { "\($0)(\(arguments)) (\(intensity.confidence.rawValue))" } ?? "unknown")
        add("", intensity.note)
    }

    private func addData(_ add: (String, String?) -> Void) {
        let data = entry.data
        if let dataset = data.dataset { add("data", dataset + (data.archive.map { ", \($0)" } ?? "")) }
        if let training = data.training, let validation = data.validation {
            add("", "\(training) for training, \(validation) for validation")
        }
        if let resolution = data.resolution { add("", "at \(resolution.map { Format.number($0) }.joined(separator: " × ")) mm") }
        add("", data.conversion)
        if let script = entry.training.script, let memory = entry.training.gpuMemory {
            add("training", "\(script), \(memory) GB of GPU memory")
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
