import Bytes
import Engine
import Workflows

/// Reads a source, optimises it, proves the result equal to what was read and writes a native file.
public struct Converter: Sendable {
    /// How the source is read.
    public var options: OpenOptions
    /// An `.npz` with the source framework's inputs and outputs, which the result must give too.
    public var reference: String?
    /// The largest difference allowed, relative to the largest magnitude of an output.
    public var tolerance = 1e-4
    /// How models are run for the checks.
    public var engine: EngineOptions

    /// A converter; further settings are properties.
    public init(options: OpenOptions = OpenOptions(), engine: EngineOptions = EngineOptions()) {
        self.options = options
        self.engine = engine
    }

    /// What a conversion found and wrote.
    public struct Report: Sendable {
        /// The optimised graph against the imported one.
        public var equivalence: [OutputResult]
        /// The written model against the reference; empty without one.
        public var reference: [OutputResult]
        /// What a person should know, a sentence each.
        public var notes: [String]
        /// The size of the file written.
        public var fileBytes: Int
        /// All of it as `osteon convert` prints it in JSON.
        public var json: String
    }

    /// Converts the source at `source` to the file `destination`, which appears whole or not at all.
    /// - Throws: `.verificationFailed` where a check fails; what reading throws. Nothing is written then.
    public func convert(_ source: String, to destination: String) throws(OsteonError) -> Report {
        let report = try facing { () throws(Bytes.OsteonError) in try conversion(source, destination).run() }
        return Report(
            equivalence: report.equivalence.map { OutputResult($0) }, reference: report.reference.map { OutputResult($0) },
            notes: report.notes, fileBytes: report.fileBytes, json: report.json.text())
    }

    func conversion(_ source: String, _ destination: String) throws(Bytes.OsteonError) -> Conversion {
        var conversion = Conversion(source: source, importOptions: try options.inner(), destination: destination)
        conversion.reference = reference
        conversion.tolerance = tolerance
        conversion.engine = try engine.inner()
        return conversion
    }
}
