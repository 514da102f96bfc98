import Bytes

// Strict: only the members of `formats/osteon.md`, each of its kind.
extension ImagingContract {
    /// - Throws: `.malformed` with the place, `.unsupported` for another schema.
    package init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: [
            "schema", "name", "task", "description", "input", "output", "pipelines", "label_transforms", "metrics", "datasets",
            "documentation", "sources", "notes",
        ])
        let schema = try json.member("schema").string()
        guard schema == Self.schema else {
            throw OsteonError(.unsupported, "The imaging contract is \"\(schema)\"; this Osteon reads \(Self.schema).")
        }
        self.init(
            name: try json.member("name").string(), task: try json.member("task").choice(),
            text: try json["description"]?.string() ?? "", input: try json.member("input", Input.init),
            output: try json.member("output", Output.init), pipelines: try json.list("pipelines", ImagingPipeline.init),
            labelTransforms: try json.list("label_transforms", ImagingTransform.init),
            metrics: try json.list("metrics", ImagingTransform.init), datasets: try json.list("datasets", Dataset.init),
            documentation: try json.optionalPart("documentation", Documentation.init),
            sources: try json.list("sources") { (json) throws(OsteonError) in
                _ = try json.members(only: ["part", "file"])
                return Source(part: try json.member("part").string(), file: try json.member("file").string())
            },
            notes: try json.member("notes").strings())
    }
}

extension ImagingContract.Input {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "field", "layout", "channels"])
        self.init(
            name: try json.member("name").string(), field: try json.member("field").string(),
            layout: try json.member("layout").choice(),
            channels: try json.list("channels") { (json) throws(OsteonError) in
                _ = try json.members(only: ["name", "modality"])
                return ImagingContract.Channel(name: try json.member("name").string(), modality: try json["modality"]?.string())
            })
    }
}

extension ImagingContract.Output {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "field", "layout", "channels", "activation", "labels"])
        self.init(
            name: try json.member("name").string(), field: try json.member("field").string(),
            layout: try json.member("layout").choice(), channels: try json["channels"]?.count(),
            activation: try json["activation"]?.choice(),
            labels: try json.list("labels") { (json) throws(OsteonError) in
                _ = try json.members(only: ["index", "name"])
                return ImagingContract.Label(index: try json.member("index").count(), name: try json.member("name").string())
            })
        guard zip(labels, labels.dropFirst()).allSatisfy({ $0.index < $1.index }) else {
            throw OsteonError(.malformed, "The labels don't stand in the order of their indices, each once.")
        }
    }
}

extension ImagingContract.Dataset {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["file", "name", "lists"])
        self.init(
            file: try json.member("file").string(), name: try json["name"]?.string() ?? "",
            lists: try json.list("lists") { (json) throws(OsteonError) in
                _ = try json.members(only: ["name", "count"])
                return List(name: try json.member("name").string(), count: try json.member("count").count())
            })
    }
}

extension ImagingContract.Documentation {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["model", "documented_channels", "channels", "targets", "notes"])
        self.init(
            model: try json.member("model").string(), documentedChannels: try json["documented_channels"]?.count(),
            channels: try json["channels"]?.count(), targets: try json.list("targets", ImagingContract.Target.init),
            notes: try json.member("notes").strings())
    }
}

extension ImagingContract.Target {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["metric", "name", "label", "value"])
        self.init(
            metric: try json.member("metric").string(), name: try json.member("name").string(),
            label: try json["label"]?.count(), value: try json.member("value").double())
    }
}

extension ImagingPipeline {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["source", "preprocessing", "window", "postprocessing"])
        self.init(
            source: try json.member("source").string(), preprocessing: try json.list("preprocessing", ImagingTransform.init),
            window: try json.optionalPart("window", ImagingWindow.init),
            postprocessing: try json.list("postprocessing", ImagingTransform.init))
    }
}

extension ImagingWindow {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["mode", "roi", "batch", "overlap", "inferer"])
        self.init(mode: try json.member("mode").choice())
        if let roi = json["roi"] {
            var extents: [Int] = []
            for extent in try roi.array() { extents.append(try extent.integer()) }
            region = extents
        }
        batch = try json["batch"]?.integer()
        overlap = try json["overlap"]?.double()
        inferer = try json.optionalPart("inferer", ImagingTransform.init)
    }
}

extension ImagingTransform {
    init(json: JSONValue) throws(OsteonError) {
        _ = try json.members(only: ["name", "arguments", "original_name"])
        self.init(
            name: try json.member("name").string(), arguments: try json.member("arguments").members(),
            originalName: try json["original_name"]?.string())
    }
}

extension JSONValue {
    fileprivate func optionalPart<T>(_ name: String, _ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> T? {
        self[name] == nil ? nil : try member(name, decode)
    }

    fileprivate func count() throws(OsteonError) -> Int {
        let count = try integer()
        guard count >= 0 else { throw mismatch("a number from 0") }
        return count
    }
}
