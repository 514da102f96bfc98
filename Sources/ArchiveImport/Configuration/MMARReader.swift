import Bytes
import Contracts

/// Reads the configurations of an MMAR: Clara Train's of 2019 (version 1) to 3.1, written for TensorFlow, and 4.x for PyTorch.
struct MMARReader {
    /// Of these, one at least is in every MMAR.
    static let configurations = [
        "config_validation.json", "config_validation_ckpt.json", "config_inference.json", "config_aiaa.json", "config_train.json",
        "config_finetune.json", "environment.json",
    ]
    static let folder = "config"
    static let server = "config/config_aiaa.json"

    let folder: ArchiveFolder
    var facts: ArchiveFacts
    var variables = Variables()
    /// The configurations read, in the archive's own words.
    private(set) var files: [String] = []
    /// Paths of models that configurations name, and which.
    var modelPaths: [(path: String, file: String)] = []
    /// Prefixes of checkpoints that configurations name.
    var checkpointNames: [String] = []
    private var failures: [OsteonError] = []

    private static let largestConfiguration = 4_000_000

    init(_ folder: ArchiveFolder) {
        self.folder = folder
        facts = ArchiveFacts(name: folder.name)
        facts.isOfPublishedKind = true
    }

    /// Reads everything there is.
    /// - Throws: `.unsafeReference` where a configuration names a model outside; the error of a broken configuration where
    ///   no other says how images are prepared.
    mutating func read() throws(OsteonError) {
        if let environment = configuration("environment.json", fills: false) {
            do { variables = try Variables(environment) } catch { note("config/environment.json isn't used: \(error.message)") }
        }
        if let task = try text(of: "PROCESSING_TASK") { facts.task = Self.task(task) }
        try readValidation()
        try readServer()
        try readTraining()
        if let path = try text(of: "MMAR_CKPT") {
            _ = try locating("config/environment.json, MMAR_CKPT") { () throws(OsteonError) in try ArchivePath.location(path) }
            modelPaths.append((path, "config/environment.json"))
        }
        try DatasetReader(folder).read(into: &facts, variables: &variables, files: &files)
        if let failure = failures.first, facts.pipelines.isEmpty { throw failure }
        for name in ["INPUT_CHANNELS", "OUTPUT_CHANNELS"] {
            guard let count = variables[name].flatMap(Self.count) else { continue }
            let entry = ArchiveFacts.Count(channels: count, source: "environment.json")
            if name == "INPUT_CHANNELS" { facts.inputCounts.append(entry) } else { facts.outputCounts.append(entry) }
        }
    }

    mutating func note(_ text: String) { facts.notes.append(text) }

    mutating func text(of variable: String) throws(OsteonError) -> String? { try variables.text(variable) }

    static func count(_ value: JSONValue) -> Int? {
        let number: Int? =
            switch value {
            case .integer(let number): number
            case .string(let text): Int(text)
            default: nil
            }
        return number.flatMap { (1...65_536).contains($0) ? $0 : nil }
    }

    static func task(_ text: String) -> ImagingContract.Task {
        text == "others" ? .other : ImagingContract.Task(rawValue: text.lowercased()) ?? .unknown
    }

    /// A configuration with its variables filled in; nil where it isn't there, or broken, which is noted.
    mutating func configuration(_ name: String, fills: Bool = true) -> JSONValue? {
        let location = "\(Self.folder)/\(name)"
        guard folder.names(in: Self.folder).contains(name) else { return nil }
        do {
            let (json, tolerated) = try folder.json(location, limit: Self.largestConfiguration)
            _ = try locating(location) { () throws(OsteonError) in try json.members() }
            if !tolerated.isEmpty { note("\(location) has \(tolerated.joined(separator: " and ")), which isn't JSON") }
            files.append(location)
            return fills ? try variables.fill(json) : json
        } catch {
            failures.append(error)
            let place = error.offset.map { " (byte \($0))" } ?? ""
            note("\(location) isn't used: \(error.message)\(place)")
            return nil
        }
    }
}
