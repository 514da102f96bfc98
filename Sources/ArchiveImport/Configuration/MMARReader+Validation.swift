import Bytes
import Contracts

extension MMARReader {
    /// The configurations for validation and inference by the toolkit itself.
    mutating func readValidation() throws(OsteonError) {
        for name in ["config_validation.json", "config_validation_ckpt.json", "config_inference.json"] {
            guard let json = configuration(name) else { continue }
            let file = "\(Self.folder)/\(name)"
            let others = try locating(file) { () throws(OsteonError) in try KnownMembers.checkComponents(json, KnownMembers.clara) }
            if let others { note("\(file): \(others)") }
            var reader = ComponentReader()
            reader.isMONAI = ComponentReader.areMONAI(json["pre_transforms"])
            try readPipeline(json, file, &reader)
            try readLabels(json, file, &reader)
            try readLoader(json["model_loader"], file)
            facts.notes += reader.notes
        }
    }

    /// Transforms and window; a pipeline that's like one known is only credited.
    mutating func readPipeline(_ json: JSONValue, _ file: String, _ reader: inout ComponentReader) throws(OsteonError) {
        var pipeline = ImagingPipeline(source: file)
        pipeline.preprocessing = try reader.list(json["pre_transforms"], "\(file), pre_transforms")
        pipeline.postprocessing = try reader.list(json["post_transforms"], "\(file), post_transforms")
        if let inferer = json["inferer"], let component = try reader.component(inferer, "\(file), inferer") {
            pipeline.window = ImagingWindow(inferer: component)
        } else if ImagingTransform(name: "", arguments: [.init("scans", json["use_scanning_window"] ?? .null)]).flag("scans") == true {
            pipeline.window = ImagingWindow(mode: .scanning)
        }
        add(pipeline)
    }

    mutating func add(_ pipeline: ImagingPipeline) {
        guard !pipeline.preprocessing.isEmpty || !pipeline.postprocessing.isEmpty || pipeline.window != nil else { return }
        var same = pipeline
        for known in facts.pipelines {
            same.source = known.source
            if same == known { return }
        }
        facts.pipelines.append(pipeline)
        facts.credit(pipeline.source, with: "pipeline")
    }

    private mutating func readLabels(_ json: JSONValue, _ file: String, _ reader: inout ComponentReader) throws(OsteonError) {
        if facts.labelTransforms.isEmpty {
            facts.labelTransforms = try reader.list(json["label_transforms"], "\(file), label_transforms")
            if !facts.labelTransforms.isEmpty { facts.credit(file, with: "label_transforms") }
        }
        guard facts.metrics.isEmpty else { return }
        for member in ["val_metrics", "metrics"] where facts.metrics.isEmpty {
            facts.metrics = try reader.list(json[member], "\(file), \(member)")
        }
        if !facts.metrics.isEmpty { facts.credit(file, with: "metrics") }
    }

    /// Which model is loaded, by which nodes, and how.
    private mutating func readLoader(_ json: JSONValue?, _ file: String) throws(OsteonError) {
        guard let json, case .object(let members)? = json["args"] else { return }
        let arguments = ImagingTransform(name: "", arguments: members)
        for name in ["model_file_path", "checkpoint_dir"] {
            guard let path = arguments.text(name) else { continue }
            modelPaths.append((path, file))
            _ = try locating("\(file), model_loader, \(name)") { () throws(OsteonError) in try ArchivePath.location(path) }
        }
        if let prefix = arguments.text("checkpoint_file_prefix") { checkpointNames.append(prefix) }
        if facts.inputNodes.isEmpty { facts.inputNodes = arguments.texts("input_node_names") ?? [] }
        if facts.outputNodes.isEmpty { facts.outputNodes = arguments.texts("output_node_names") ?? [] }
        if arguments.flag("infer_in_training_mode") == true {
            facts.infersInTrainingMode = true
            facts.credit(file, with: "infer_in_training_mode")
        }
    }
}
