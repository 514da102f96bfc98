import Bytes

// Strict: every member must be there, null where nothing is known, and no other may be.
extension CatalogueEntry {
    static let members = [
        "name", "title", "task", "keywords", "aliases", "architecture", "input", "output", "data", "training", "intensity",
        "targets", "references", "errata", "notes",
    ]

    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, Self.members)
        self.json = json
        name = try object["name"].string()
        title = try object["title"].string()
        task = try object["task"].choice()
        keywords = try object["keywords"].strings()
        aliases = try object.list("aliases", Alias.init)
        architecture = try json.member("architecture", Architecture.init)
        input = try json.member("input", Input.init)
        output = try json.member("output", Output.init)
        data = try json.member("data", Data.init)
        training = try json.member("training", Training.init)
        intensity = try json.member("intensity", Intensity.init)
        targets = try object.list("targets", Target.init)
        references = try object["references"].strings()
        errata = try object.list("errata", Erratum.init)
        notes = try object["notes"].strings()
    }
}

extension CatalogueEntry.Alias {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["name", "network", "architecture"])
        name = try object["name"].string()
        network = try object["network"].choice()
        architecture = try object["architecture"].optional(CatalogueEntry.Architecture.init)
    }
}

extension CatalogueEntry.Architecture {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["family", "confidence", "class", "arguments", "arguments_confidence", "note"])
        family = try object["family"].optionalString()
        confidence = try object["confidence"].choice()
        className = try object["class"].optionalString()
        arguments = try object["arguments"].optional { (value) throws(OsteonError) in try value.members() }
        argumentsConfidence = try object["arguments_confidence"].choice()
        note = try object["note"].optionalString()
    }
}

extension CatalogueEntry.Input {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["channels", "graph_channels", "layout", "shape", "actual_shape", "confidence", "note"])
        channels = try object.list("channels") { (value) throws(OsteonError) in
            let channel = try Record(value, ["name", "modality"])
            return try CatalogueEntry.Channel(
                name: channel["name"].string(),
                modality: channel["modality"].optionalString())
        }
        graphChannels = try object["graph_channels"].integer()
        layout = try object["layout"].string()
        shape = try object["shape"].optional { (value) throws(OsteonError) in
            value == "dynamic" ? .dynamic : .fixed(try value.integers())
        }
        actualShape = try object["actual_shape"].optional { (value) throws(OsteonError) in try value.integers() }
        confidence = try object["confidence"].choice()
        note = try object["note"].optionalString()
    }
}

extension CatalogueEntry.Output {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["documented_channels", "channels", "activation", "labels", "confidence", "note"])
        documentedChannels = try object["documented_channels"].optionalInteger()
        channels = try object["channels"].optionalInteger()
        activation = try object["activation"].optionalString()
        labels = try object.list("labels") { (value) throws(OsteonError) in
            let label = try Record(value, ["index", "name", "documented"])
            return try CatalogueEntry.Label(
                index: label["index"].integer(), name: label["name"].string(),
                documented: label["documented"].optionalString())
        }
        confidence = try object["confidence"].choice()
        note = try object["note"].optionalString()
    }
}

extension CatalogueEntry.Data {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(
            json, ["dataset", "archive", "labelled", "unlabelled", "training", "validation", "resolution", "conversion"])
        dataset = try object["dataset"].optionalString()
        archive = try object["archive"].optionalString()
        labelled = try object["labelled"].optionalInteger()
        unlabelled = try object["unlabelled"].optionalInteger()
        training = try object["training"].optionalInteger()
        validation = try object["validation"].optionalInteger()
        resolution = try object["resolution"].optional { (value) throws(OsteonError) in try value.doubles() }
        conversion = try object["conversion"].optionalString()
    }
}

extension CatalogueEntry.Training {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["script", "gpu_memory_gb"])
        script = try object["script"].optionalString()
        gpuMemory = try object["gpu_memory_gb"].optionalInteger()
    }
}

extension CatalogueEntry.Intensity {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["transform", "arguments", "confidence", "note"])
        transform = try object["transform"].optionalString()
        arguments = try object["arguments"].optional { (value) throws(OsteonError) in try value.members() }
        confidence = try object["confidence"].choice()
        note = try object["note"].optionalString()
    }
}

extension CatalogueEntry.Target {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["metric", "name", "documented", "label", "value"])
        metric = try object["metric"].choice()
        name = try object["name"].string()
        documented = try object["documented"].string()
        label = try object["label"].optionalInteger()
        value = try object["value"].double()
    }
}

extension CatalogueEntry.Erratum {
    init(json: JSONValue) throws(OsteonError) {
        let object = try Record(json, ["documented", "reading"])
        documented = try object["documented"].string()
        reading = try object["reading"].string()
    }
}

/// An object whose members were checked to be just those expected.
private struct Record {
    private let json: JSONValue

    init(_ json: JSONValue, _ names: [String]) throws(OsteonError) {
        _ = try json.members(only: names)
        for name in names { _ = try json.member(name) }
        self.json = json
    }

    subscript(name: String) -> JSONValue { json[name] ?? .null }

    func list<T>(_ name: String, _ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> [T] {
        try json.list(name, decode)
    }
}

extension JSONValue {
    fileprivate func optional<T>(_ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> T? {
        self == .null ? nil : try decode(self)
    }

    fileprivate func optionalString() throws(OsteonError) -> String? { self == .null ? nil : try string() }
    fileprivate func optionalInteger() throws(OsteonError) -> Int? { self == .null ? nil : try integer() }

    fileprivate func integers() throws(OsteonError) -> [Int] {
        var result: [Int] = []
        for value in try array() { result.append(try value.integer()) }
        return result
    }

    fileprivate func doubles() throws(OsteonError) -> [Double] {
        var result: [Double] = []
        for value in try array() { result.append(try value.double()) }
        return result
    }
}
