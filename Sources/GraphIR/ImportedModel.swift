import Bytes

/// What an importer makes of a foreign model.
public struct ImportedModel: Sendable {
    public var graph: Graph
    /// The kind of file: `onnx`, `tensorflow`, …
    public var format: String
    /// The program that wrote the model, as far as the file says; empty otherwise.
    public var producer: String
    /// Every file read, the model itself first.
    public var sourceFiles: [String]
    /// Things worth telling a person: approximations, ignored parts, versions newer than those known.
    public var notes: [String]
    /// Key-value pairs the model carries for its users.
    public var metadata: [String: String]

    public init(
        graph: Graph, format: String, producer: String = "", sourceFiles: [String] = [], notes: [String] = [],
        metadata: [String: String] = [:]
    ) {
        self.graph = graph
        self.format = format
        self.producer = producer
        self.sourceFiles = sourceFiles
        self.notes = notes
        self.metadata = metadata
    }
}

/// Which part of a foreign graph to import, by the names its file uses.
public struct ImportOptions: Sendable {
    /// Values to treat as the inputs, each with its shape where one is to be set. The graph is cut there: what made the
    /// value isn't imported. Inputs of the file not named here stay inputs as far as they're still needed.
    public var inputs: [String: [Int]?]
    /// Values to give out, in order; empty for the outputs the file names.
    public var outputs: [String]
    /// Values fixed to a number, a scalar or every element (`training` = 0).
    public var constants: [String: Double]

    public init(inputs: [String: [Int]?] = [:], outputs: [String] = [], constants: [String: Double] = [:]) {
        self.inputs = inputs
        self.outputs = outputs
        self.constants = constants
    }
}
