import Bytes
import Contracts

extension MMARReader {
    /// config_train.json (or config_finetune.json): the network, and the validation during training where no other configuration is
    /// for validation.
    mutating func readTraining() throws(OsteonError) {
        for name in ["config_train.json", "config_finetune.json"] where facts.network == nil {
            guard let json = configuration(name) else { continue }
            let file = "\(Self.folder)/\(name)"
            var reader = ComponentReader()
            let validation = json["validate"] ?? json["validation"] ?? .null
            reader.isMONAI = ComponentReader.areMONAI(validation["pre_transforms"] ?? json["train"]?["pre_transforms"])
            if let model = json["train"]?["model"] ?? json["model"] { try readNetwork(model, file, &reader) }
            if !facts.pipelines.contains(where: { $0.source != Self.server }) { try readPipeline(validation, file, &reader) }
            if facts.metrics.isEmpty {
                for member in ["metrics", "val_metrics", "key_metric"] where facts.metrics.isEmpty {
                    facts.metrics = try reader.list(validation[member], "\(file), \(member)")
                }
                if !facts.metrics.isEmpty { facts.credit(file, with: "metrics") }
            }
            facts.notes += reader.notes
        }
    }

    private mutating func readNetwork(_ json: JSONValue, _ file: String, _ reader: inout ComponentReader) throws(OsteonError) {
        let block: JSONValue = if case .array(let list) = json { list.first ?? .null } else { json }
        guard let component = try reader.component(block, "\(file), model") else { return }
        facts.network = .init(name: component.name, arguments: component.arguments, file: file)
        facts.credit(file, with: "network")
        for member in ["num_classes", "out_channels"] {
            if let count = component[member].flatMap(Self.count) {
                facts.outputCounts.append(.init(channels: count, source: "\(file), \(member)"))
            }
        }
        if let count = component["in_channels"].flatMap(Self.count) {
            facts.inputCounts.append(.init(channels: count, source: "\(file), in_channels"))
        }
        facts.layout = component.text("data_format").flatMap(ImagingContract.Layout.init)
    }
}
