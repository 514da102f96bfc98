import Bytes
import GraphIR

/// How a source is read: where its graph is cut, and what the file itself doesn't say.
public struct OpenOptions: Sendable {
    /// Values to treat as the inputs; an array is the shape to set, nil keeps the value's own. Empty for the inputs the file names.
    public var inputs: [String: [Int]?] = [:]
    /// Values to return as outputs, in order; empty for the outputs the file names.
    public var outputs: [String] = []
    /// Inputs fixed to a number: `["training": 0]`.
    public var constants: [String: Double] = [:]
    /// The signature of a SavedModel that has several; nil for the one meant for serving.
    public var signature: String?
    /// The network of a file that holds weights only: a path to its description, or a name with arguments, such as
    /// `segresnet:init_filters=16`. nil where the file says it.
    public var architecture: String?

    /// The source as it says itself.
    public init() {}

    func inner() throws(Bytes.OsteonError) -> ImportOptions {
        var options = ImportOptions(inputs: inputs, outputs: outputs, constants: constants)
        options.signature = signature
        if let architecture { options.architecture = try Architecture(architecture) }
        return options
    }
}
