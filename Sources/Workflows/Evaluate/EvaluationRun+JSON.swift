import Bytes
import Metrics

extension EvaluationRun {
    package var json: JSONValue {
        .record([
            ("schema", .string(Self.schema)), ("tool", .string(tool)), ("task", .string(task.rawValue)), ("model", model.json),
            ("against", against?.json ?? .null),
            ("dataset", .record([("file", .string(dataset)), ("sha256", .string(datasetHash)), ("list", .string(list))])),
            ("structures", .array(structures.map(\.json))), ("labels", labels.json),
            ("settings", settings), ("procedure", .array(procedure.map { .string($0) })), ("targets", targets?.json ?? .null),
            ("cases", .array(cases.map(\.json))),
        ])
    }

    private var settings: JSONValue {
        .record([
            ("metrics", metrics.json()), ("bootstrap_draws", .integer(bootstrap.draws)),
            ("bootstrap_seed", .string(String(bootstrap.seed))),
            ("confidence", .number(bootstrap.confidence)), ("drift_tolerance", .number(driftTolerance)), ("threshold", .number(threshold)),
        ])
    }

    /// - Throws: `.malformed` for a member that's missing, unknown or of another kind, `.unsupported` for another schema.
    package init(json: JSONValue) throws(OsteonError) {
        guard case .string(Self.schema)? = json["schema"] else { throw OsteonError(.unsupported, "This isn't a file of \(Self.schema).") }
        _ = try json.members(only: [
            "schema", "tool", "task", "model", "against", "dataset", "structures", "labels", "settings", "procedure", "targets", "cases",
        ])
        tool = try json.member("tool").string()
        task = try json.member("task").choice()
        model = try ModelIdentity(json: json.member("model"))
        against = try json.member("against").unlessNull { (value) throws(OsteonError) in try ModelIdentity(json: value) }
        let list = try json.member("dataset")
        dataset = try list.member("file").string()
        datasetHash = try list.member("sha256").string()
        self.list = try list.member("list").string()
        structures = try json.list("structures") { (entry) throws(OsteonError) in try Structure(json: entry) }
        labels = try LabelMeaning(json: json.member("labels"))
        let settings = try json.member("settings")
        metrics = try MetricSettings(json: settings.member("metrics"))
        guard let seed = UInt64(try settings.member("bootstrap_seed").string()) else {
            throw OsteonError(.malformed, "The seed isn't a number.")
        }
        bootstrap = Bootstrap(
            draws: try settings.member("bootstrap_draws").integer(), seed: seed, confidence: try settings.member("confidence").double())
        driftTolerance = try settings.member("drift_tolerance").double()
        threshold = try settings.member("threshold").double()
        procedure = try json.member("procedure").strings()
        targets = try json.member("targets").unlessNull { (value) throws(OsteonError) in try Targets(json: value) }
        cases = try json.list("cases") { (entry) throws(OsteonError) in
            Case(
                name: try entry.member("name").string(), images: try entry.member("images").strings(),
                label: try entry.member("label").string())
        }
        try check()
    }
}

extension EvaluationRun.Structure {
    fileprivate var json: JSONValue {
        .record([
            ("index", .integer(index)), ("name", .string(name)), ("key", .string(key)),
            ("values", values.map { .array($0.map { .integer($0) }) } ?? .null),
        ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        index = try json.member("index").integer()
        name = try json.member("name").string()
        key = try json.member("key").string()
        values = try json.member("values").unlessNull { (list) throws(OsteonError) in
            var values: [Int] = []
            for value in try list.array() { values.append(try value.integer()) }
            return values
        }
    }
}

extension EvaluationRun.Case {
    fileprivate var json: JSONValue {
        .record([("name", .string(name)), ("images", .array(images.map { .string($0) })), ("label", .string(label))])
    }
}

extension EvaluationRun.ModelIdentity {
    fileprivate var json: JSONValue {
        .record([
            ("name", .string(name)),
            ("files", .array(files.map { .record([("name", .string($0.name)), ("sha256", .string($0.sha256))]) })),
        ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        name = try json.member("name").string()
        files = try json.list("files") { (entry) throws(OsteonError) in
            File(name: try entry.member("name").string(), sha256: try entry.member("sha256").string())
        }
    }
}

extension EvaluationRun.Targets {
    fileprivate var json: JSONValue {
        .record([
            ("model", .string(model)), ("tolerance", .number(tolerance)),
            (
                "figures",
                .array(
                    figures.map {
                        .record([
                            ("metric", .string($0.metric)), ("name", .string($0.name)), ("of", .string($0.subject.word)),
                            ("structure", $0.subject.key.map { .string($0) } ?? .null), ("value", .number($0.value)),
                        ])
                    })
            ),
        ])
    }

    fileprivate init(json: JSONValue) throws(OsteonError) {
        model = try json.member("model").string()
        tolerance = try json.member("tolerance").double()
        figures = try json.list("figures") { (entry) throws(OsteonError) in
            Figure(
                metric: try entry.member("metric").string(), name: try entry.member("name").string(),
                subject: try Figure.Subject(
                    word: entry.member("of").string(),
                    key: entry.member("structure").unlessNull { (value) throws(OsteonError) in try value.string() }),
                value: try entry.member("value").double())
        }
    }
}

extension EvaluationRun.Targets.Figure.Subject {
    fileprivate var word: String {
        switch self {
        case .mean: "mean"
        case .structure: "structure"
        case .missing: "nothing"
        }
    }

    fileprivate var key: String? { if case .structure(let key) = self { key } else { nil } }

    fileprivate init(word: String, key: String?) throws(OsteonError) {
        switch (word, key) {
        case ("mean", nil): self = .mean
        case ("structure", let key?): self = .structure(key)
        case ("nothing", nil): self = .missing
        default: throw OsteonError(.malformed, "A target is of the mean, of a structure by its key, or of nothing.")
        }
    }
}

extension MetricSettings {
    fileprivate init(json: JSONValue) throws(OsteonError) {
        self.init(emptyMasks: try json.member("empty_masks").choice())
        hausdorff = try json.member("hausdorff").unlessNull { (value) throws(OsteonError) in try value.choice() }
        surfaceTolerance = try json.member("surface_tolerance_mm").unlessNull { (value) throws(OsteonError) in try value.double() }
        if let pieces = try json.member("surface_pieces").unlessNull({ (value) throws(OsteonError) in
            try value.choice() as SurfaceDistances.Pieces
        }) {
            surfacePieces = pieces
        }
    }
}

extension JSONValue {
    /// What `decode` makes of a value that may be null.
    func unlessNull<T>(_ decode: (JSONValue) throws(OsteonError) -> T) throws(OsteonError) -> T? {
        self == .null ? nil : try decode(self)
    }

    /// A number, or one of the words that stand for what JSON has no number for.
    func anyDouble() throws(OsteonError) -> Double {
        switch self {
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        default: return try double()
        }
    }
}
