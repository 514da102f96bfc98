import Bytes
import Contracts
import GraphIR

/// Reads a MONAI bundle: configs/metadata.json, configs/inference.json (or train.json) and the weights in models/.
struct MONAIBundle {
    private let folder: ArchiveFolder
    private var facts: ArchiveFacts
    private var files: [String] = []

    static let configurations = "configs"
    private static let largestConfiguration = 4_000_000

    static func recognizes(_ folder: ArchiveFolder) -> Bool {
        guard folder.names(in: "").contains(configurations) else { return false }
        let names = folder.names(in: configurations)
        return ["metadata", "inference", "train", "evaluate"].contains { name in
            [".json", ".yaml", ".yml"].contains { names.contains(name + $0) }
        }
    }

    init(_ folder: ArchiveFolder) {
        self.folder = folder
        facts = ArchiveFacts(name: folder.name)
    }

    func importModel(_ options: ImportOptions, _ importers: [any ModelImporter]) throws(OsteonError) -> ImportedModel {
        var copy = self
        return try copy.read(options, importers)
    }

    func modelFiles() throws(OsteonError) -> ModelFiles {
        do {
            return try ModelFiles.find(in: folder, folders: ["models", ""], order: ModelFiles.torchFirst)
        } catch  where error.code == .unreadable && folder.names(in: "").contains("large_files.yml") {
            throw OsteonError(
                .unreadable,
                "The bundle's weights aren't in its folder; large_files.yml names where they are to be fetched from, into models/.")
        }
    }

    /// What the configurations say, and which were read.
    func describe() throws(OsteonError) -> (facts: ArchiveFacts, files: [String]) {
        var copy = self
        try copy.readMetadata()
        try copy.readPrograms(needsNetwork: false)
        return (copy.facts, copy.files)
    }

    private mutating func read(_ options: ImportOptions, _ importers: [any ModelImporter]) throws(OsteonError) -> ImportedModel {
        try readMetadata()
        try readPrograms(needsNetwork: options.architecture == nil)
        let model = try modelFiles()
        if model.kind == .torch, facts.network == nil, options.architecture == nil { throw missingNetwork() }
        return try ArchiveImporter.finish(
            ArchivedModel(archive: folder, files: model, options: options, importers: importers), facts, files)
    }

    /// A configuration of the bundle; nil where it isn't there.
    private mutating func configuration(_ name: String) throws(OsteonError) -> JSONValue? {
        let location = "\(Self.configurations)/\(name)"
        guard folder.names(in: Self.configurations).contains(name) else { return nil }
        let json = try folder.json(location, limit: Self.largestConfiguration).value
        _ = try locating(location) { () throws(OsteonError) in try json.members() }
        files.append(location)
        return json
    }

    private func missingNetwork() -> OsteonError {
        let names = folder.names(in: Self.configurations)
        if let yaml = names.first(where: { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }), !names.contains("inference.json") {
            return OsteonError(
                .unsupported,
                """
                The bundle's configuration is YAML (configs/\(yaml)), which Osteon doesn't read; write it as JSON, or give the \
                network with \(Parameter.architecture).
                """
            )
        }
        return OsteonError(
            .unsupported, "No configuration of the bundle defines its network (network_def); give it with \(Parameter.architecture).")
    }

    // MARK: metadata.json

    private mutating func readMetadata() throws(OsteonError) {
        let json: JSONValue
        do {
            guard let found = try configuration("metadata.json") else { return }
            json = found
        } catch {
            facts.notes.append("configs/metadata.json isn't used: \(error.message)")
            return
        }
        let file = "configs/metadata.json"
        if case .string(let text)? = json["description"] { facts.text = text }
        if case .string(let text)? = json["task"] { facts.task = Self.task(text) }
        let format = json["network_data_format"] ?? .null
        if case .object(let inputs)? = format["inputs"], let input = inputs.first {
            facts.inputField = input.name
            if let count = input.value["num_channels"].flatMap(MMARReader.count) {
                facts.inputCounts.append(.init(channels: count, source: file))
            }
            facts.inputNames = DatasetReader.numbered(input.value["channel_def"])
            facts.credit(file, with: "channels")
        }
        if case .object(let outputs)? = format["outputs"], let output = outputs.first {
            facts.outputField = output.name
            if let count = output.value["num_channels"].flatMap(MMARReader.count) {
                facts.outputCounts.append(.init(channels: count, source: file))
            }
            facts.outputNames = DatasetReader.numbered(output.value["channel_def"])
            facts.credit(file, with: "labels")
        }
        guard case .object(let scores)? = json["eval_metrics"] else { return }
        for score in scores {
            guard let value = try? score.value.double(), (0...1).contains(value) else { continue }
            facts.documentedScores.append(
                .init(metric: score.name.lowercased().contains("auc") ? "auc" : "dice", name: score.name, value: value))
        }
        if !facts.documentedScores.isEmpty { facts.credit(file, with: "targets") }
    }

    private static func task(_ text: String) -> ImagingContract.Task {
        let text = text.lowercased()
        for task in [ImagingContract.Task.segmentation, .classification, .annotation, .deepgrow] where text.contains(task.rawValue) {
            return task
        }
        return .other
    }

    // MARK: inference.json, train.json

    private mutating func readPrograms(needsNetwork: Bool) throws(OsteonError) {
        for name in ["inference.json", "train.json"] where facts.network == nil || facts.pipelines.isEmpty {
            guard let json = try configuration(name) else { continue }
            let file = "configs/\(name)"
            try locating(file) { () throws(OsteonError) in
                let folder = folder
                var references = BundleReferences(json) { (name) throws(OsteonError) in try Self.other(name, folder) }
                if facts.network == nil, let definition = json["network_def"] ?? json["network"] {
                    try readNetwork(references.resolve(definition), file, isNeeded: needsNetwork)
                }
                if facts.pipelines.isEmpty { try readPipeline(json, file, &references) }
            }
        }
    }

    /// Another file of the bundle that a macro names.
    private static func other(_ name: String, _ folder: ArchiveFolder) throws(OsteonError) -> JSONValue {
        let location = try ArchivePath.location(name)
        let inside = "\(configurations)/\(location)"
        return try folder.json(folder.contains(inside) ? inside : location, limit: largestConfiguration).value
    }

    private mutating func readNetwork(_ json: JSONValue, _ file: String, isNeeded: Bool) throws(OsteonError) {
        guard case .string? = json["_target_"] else { return }
        if isNeeded, let expression = Self.expression(in: json) {
            throw OsteonError(
                .unsupported,
                """
                The network's definition computes \(expression.prefix(80)) in Python, which Osteon doesn't run; write the value, or \
                give the network with \(Parameter.architecture).
                """
            )
        }
        var reader = ComponentReader()
        guard let component = try reader.component(json, "network_def") else { return }
        facts.network = .init(name: component.name, arguments: component.arguments, file: file)
        facts.credit(file, with: "network")
    }

    /// The first expression left in a resolved value.
    private static func expression(in json: JSONValue) -> String? {
        switch json {
        case .string(let text): text.hasPrefix("$") ? text : nil
        case .array(let elements): elements.lazy.compactMap { expression(in: $0) }.first
        case .object(let members): members.lazy.compactMap { expression(in: $0.value) }.first
        default: nil
        }
    }

    private mutating func readPipeline(_ json: JSONValue, _ file: String, _ references: inout BundleReferences) throws(OsteonError) {
        var reader = ComponentReader()
        reader.isMONAI = true
        let validation = json["validate"] ?? .null
        var pipeline = ImagingPipeline(source: file)
        /// What the program's own parts take (`dataset`, `evaluator`) goes before what's only called so.
        func resolved(_ user: String, _ part: String, _ names: [String]) throws(OsteonError) -> JSONValue? {
            for value in [json[user]?[part], validation[user]?[part]] + names.flatMap({ [json[$0], validation[$0]] }) {
                guard let value, value != .null else { continue }
                do {
                    return try references.resolve(value)
                } catch  where error.code == .malformed {
                    // A reference into what a program defines elsewhere; the step is kept as it's written.
                    if names.contains(where: { json[$0] != nil || validation[$0] != nil }), case .string = value { continue }
                    return value
                }
            }
            return nil
        }
        pipeline.preprocessing = try reader.list(
            resolved("dataset", "transform", ["preprocessing", "pre_transforms"]), "\(file), preprocessing")
        pipeline.postprocessing = try reader.list(
            resolved("evaluator", "postprocessing", ["postprocessing", "post_transforms"]), "\(file), postprocessing")
        if let inferer = try resolved("evaluator", "inferer", ["inferer"]),
            let component = try reader.component(inferer, "\(file), inferer")
        {
            pipeline.window = ImagingWindow(inferer: component)
        }
        facts.notes += reader.notes
        guard !pipeline.preprocessing.isEmpty || !pipeline.postprocessing.isEmpty || pipeline.window != nil else { return }
        facts.pipelines.append(pipeline)
        facts.credit(file, with: "pipeline")
    }
}
