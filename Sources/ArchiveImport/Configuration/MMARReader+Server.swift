import Bytes
import Contracts

extension MMARReader {
    /// config_aiaa.json, for the annotation server, in any of its versions: "1" (2019), "2", "3", 1 (of 4.x), and copies that
    /// a server has expanded, under the model's name.
    mutating func readServer() throws(OsteonError) {
        guard var json = configuration("config_aiaa.json") else { return }
        let file = Self.server
        if case .object(let members) = json, members.count == 1, let only = members.first,
            only.value["type"] != nil || only.value["pre_transforms"] != nil
        {
            facts.text = only.name
            json = only.value
        }
        let server = json
        let others = try locating(file) { () throws(OsteonError) in try KnownMembers.checkComponents(server, KnownMembers.clara) }
        if let others { note("\(file): \(others)") }
        var reader = ComponentReader()
        reader.isMONAI = ComponentReader.areMONAI(json["pre_transforms"])
        if case .string(let type)? = json["type"] {
            facts.task = Self.task(type)
            facts.credit(file, with: "task")
        }
        if case .string(let text)? = json["description"] { facts.text = text }
        readLabels(json["labels"], file)
        let inference = Self.flattened(json)
        readNodes(json, inference)
        readCounts(inference, file)
        var pipeline = ImagingPipeline(source: file)
        pipeline.preprocessing = try reader.list(json["pre_transforms"], "\(file), pre_transforms")
        pipeline.postprocessing = try reader.list(json["post_transforms"], "\(file), post_transforms")
        let name = (try? inference["name"]?.string()) ?? (try? inference["AIAA"]?["name"]?.string()) ?? ""
        pipeline.window = ImagingWindow(
            settings: ImagingTransform(name: name.isEmpty ? "inference" : name, arguments: Self.settings(inference, json)))
        add(pipeline)
        facts.notes += reader.notes
    }

    /// Of an object whose members are looked through; real ones have a dozen.
    private static let mostMembers = 1_000

    private mutating func readLabels(_ json: JSONValue?, _ file: String) {
        switch json {
        case .array(let values):
            facts.labels = values.compactMap { try? $0.string() }
        case .string(let only):
            facts.labels = [only]
        case .object(let members):
            facts.labels = members.compactMap { try? $0.value.string() }
        default: break
        }
        if !facts.labels.isEmpty { facts.credit(file, with: "labels") }
    }

    /// The members of `inference`, with those a server has flattened to `inference_…`.
    private static func flattened(_ json: JSONValue) -> JSONValue {
        guard case .object(let members) = json else { return .null }
        var result: [JSONValue.Member] = if case .object(let inner)? = json["inference"] { inner } else { [] }
        for member in members.prefix(mostMembers) where member.name.hasPrefix("inference_") {
            let name = String(member.name.dropFirst("inference_".count))
            if !result.contains(where: { $0.name == name }) { result.append(.init(name, member.value)) }
        }
        return .object(result)
    }

    /// What `inference` says of servers and of the graph's ends.
    private static let otherSettings: Set<String> = [
        "name", "args", "image", "input", "output", "tf", "trtis", "AIAA", "TRITON", "input_nodes", "output_nodes", "node_mapping",
    ]

    /// Everything that may describe the window, from the innermost place outward.
    private static func settings(_ inference: JSONValue, _ json: JSONValue) -> [JSONValue.Member] {
        var result: [JSONValue.Member] = []
        func add(_ value: JSONValue?, only names: Set<String>? = nil) {
            guard case .object(let members)? = value else { return }
            for member in members.prefix(mostMembers) where names?.contains(member.name) ?? true {
                if !result.contains(where: { $0.name == member.name }) { result.append(member) }
            }
        }
        add(inference["AIAA"]?["args"])
        add(inference["args"])
        add(inference)
        add(json, only: ["scanning_window", "batch_size", "sw_batch_size", "roi", "roi_size", "overlap", "padding", "sigma"])
        return result.filter { !otherSettings.contains($0.name) }
    }

    /// The names of the graph's ends, and of the fields they take and give.
    private mutating func readNodes(_ json: JSONValue, _ inference: JSONValue) {
        var inputs: [JSONValue.Member] = []
        var outputs: [JSONValue.Member] = []
        for place in [json, inference, inference["tf"] ?? .null, inference["trtis"] ?? .null] {
            if case .object(let members)? = place["input_nodes"], inputs.isEmpty { inputs = members }
            if case .object(let members)? = place["output_nodes"], outputs.isEmpty { outputs = members }
        }
        // Version 3 maps nodes to fields instead of fields to nodes.
        for place in [inference, inference["args"] ?? .null] {
            guard case .object(let members)? = place["node_mapping"], inputs.isEmpty, outputs.isEmpty else { continue }
            let field = (try? inference["image"]?.string()) ?? "image"
            for member in members {
                guard case .string(let name) = member.value else { continue }
                let entry = JSONValue.Member(name, .string(member.name))
                if name == field { inputs.append(entry) } else { outputs.append(entry) }
            }
        }
        let inputNodes = inputs.compactMap { try? $0.value.string() }
        let outputNodes = outputs.compactMap { try? $0.value.string() }
        if facts.inputNodes.isEmpty { facts.inputNodes = inputNodes }
        if facts.outputNodes.isEmpty { facts.outputNodes = outputNodes }
        facts.inputField = inputs.first?.name ?? (try? inference["image"]?.string()) ?? (try? inference["input"]?.string())
        facts.outputField = outputs.first?.name ?? (try? inference["output"]?.string())
    }

    /// Channels as the inference server's configuration names them.
    private mutating func readCounts(_ inference: JSONValue, _ file: String) {
        for server in ["trtis", "TRITON"] {
            guard let settings = inference[server] else { continue }
            if case .object(let members)? = settings["input_channels"], let count = members.first.flatMap({ Self.count($0.value) }) {
                facts.inputCounts.append(.init(channels: count, source: file))
            }
            if case .object(let members)? = settings["output_channels"], let count = members.first.flatMap({ Self.count($0.value) }) {
                facts.outputCounts.append(.init(channels: count, source: file))
            }
            // Version 3 gives shapes without the batch, channels first.
            if let count = Self.channels(settings["input"]) { facts.inputCounts.append(.init(channels: count, source: file)) }
            if let count = Self.channels(settings["output"]) { facts.outputCounts.append(.init(channels: count, source: file)) }
        }
    }

    private static func channels(_ ports: JSONValue?) -> Int? {
        guard case .array(let ports)? = ports, case .array(let extents)? = ports.first?["dims"] else { return nil }
        return extents.first.flatMap(count)
    }
}
