import Bytes
import Workflows

/// Writes variants of a model: for fixed input shapes, or as ONNX. Every file is proved against the source's model first.
public struct Exporter: Sendable {
    /// How the source is read.
    public var options: OpenOptions
    /// How models are run for the checks.
    public var engine: EngineOptions
    /// The shapes of each file, of one input or of several; empty leaves free dimensions free, which only ONNX can.
    public var shapes: [[Shape]] = []
    /// The ONNX operator set, 13 to 26; nil for the usual one.
    public var operatorSet: Int?

    /// An exporter; further settings are properties.
    public init(options: OpenOptions = OpenOptions(), engine: EngineOptions = EngineOptions()) {
        self.options = options
        self.engine = engine
    }

    /// A shape to write a file for.
    public struct Shape: Sendable, Hashable {
        /// Whose it is; nil for every input it fits.
        public var input: String?
        /// Of all axes, or of the spatial ones alone: batch and channels are then the input's own.
        public var extents: [Int]

        /// The shape of `input`, or of every input the extents fit.
        public init(_ extents: [Int], input: String? = nil) {
            self.extents = extents
            self.input = input
        }
    }

    /// A file that was written.
    public struct File: Sendable {
        /// Where it is.
        public var path: String
        /// By input name; empty where dimensions stayed free.
        public var shapes: [String: [Int]]
        /// The file's model against the source's, an entry an output.
        public var checks: [OutputResult]
        /// The size of all its files.
        public var byteCount: Int
    }

    /// Exports the source to `destination`, whose extension (`.osteon`, `.onnx`) says the format; with several shapes, each stands before
    /// it.
    /// - Throws: `.usage` and `.invalidGraph` for shapes the network doesn't take, `.unsupported` for what the operator set can't
    ///   express, `.verificationFailed` where a variant computes something else. Nothing is written then.
    public func export(_ source: String, to destination: String) throws(OsteonError) -> [File] {
        try facing { () throws(Bytes.OsteonError) in
            var export = ModelExport(source: source, importOptions: try options.inner(), destination: destination)
            export.shapes = shapes.map { $0.map { ShapeRequest(input: $0.input, $0.extents) } }
            export.engine = try engine.inner()
            if let operatorSet { export.opset = operatorSet }
            return try export.run().entries.map {
                File(path: $0.file, shapes: $0.shapes, checks: $0.checks.map { OutputResult($0) }, byteCount: $0.byteCount)
            }
        }
    }
}
