import Bytes
import Contracts
import GraphIR

/// What an `.osteon` file holds: a graph with its weights, and what's known about them.
package struct ModelFile: Sendable {
    package var graph: Graph {
        didSet { memory = nil }
    }
    /// The program and version that writes the file, for people.
    package var tool: String
    /// Where the model comes from and what was done to it.
    package var provenance: Provenance
    /// What the axes and channels of inputs and outputs mean, by the name of the input or output.
    package var descriptions: [String: PortDescription]
    /// Results of checks against references, oldest first.
    package var verification: [VerificationEntry]
    /// How the model is used on images; nil where nothing says it.
    package var imaging: ImagingContract?
    /// Where the graph's values may lie in memory, for a graph of fixed shapes; forgotten when the graph is set.
    package var memory: MemoryHint?
    /// Whatever else travels with the model (`preprocessing`, …), by key; carried verbatim.
    package var metadata: [String: String]
    /// The signature the file was read with, which fits it. It isn't written: what's written anew is to be signed anew.
    package internal(set) var signature: NativeSignature?

    package init(
        graph: Graph, tool: String = "osteon", provenance: Provenance = Provenance(),
        descriptions: [String: PortDescription] = [:], verification: [VerificationEntry] = [],
        imaging: ImagingContract? = nil, memory: MemoryHint? = nil, metadata: [String: String] = [:]
    ) {
        self.graph = graph
        self.tool = tool
        self.provenance = provenance
        self.descriptions = descriptions
        self.verification = verification
        self.imaging = imaging
        self.memory = memory
        self.metadata = metadata
    }
}

/// What one input or output of a model means.
package struct PortDescription: Sendable, Hashable {
    /// A sentence for people; empty for none.
    package var text: String
    /// A name for each axis (`N`, `C`, `D`, `H`, `W`); empty where not known.
    package var axes: [String]
    /// The channels of an input (`T1`, `FLAIR`) or the labels of an output (`background`, `spleen`); empty where not known.
    package var channels: [String]

    package init(text: String = "", axes: [String] = [], channels: [String] = []) {
        self.text = text
        self.axes = axes
        self.channels = channels
    }
}

/// Where a model comes from and what was done to it.
package struct Provenance: Record, Hashable {
    /// One file the model was read from, named without its folder.
    package struct Source: Record, Hashable {
        package var name = ""
        package var byteCount = 0
        /// 64 hexadecimal digits.
        package var sha256 = ""

        package init() {}

        package init(name: String, byteCount: Int, sha256: String) {
            self.name = name
            self.byteCount = byteCount
            self.sha256 = sha256
        }

        /// The description of the file at `path`.
        package init(path: String) throws(OsteonError) {
            let file = try MappedFile(path: path)
            self.init(file, SHA256Digest(of: file))
        }

        /// The description of a mapped file, whose digest is known.
        package init(_ file: MappedFile, _ digest: SHA256Digest) {
            self.init(name: Paths.name(of: file.path), byteCount: file.count, sha256: digest.hexadecimal)
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("size", &byteCount, .count)
            try visitor.member("sha256", &sha256, .digest)
        }
    }

    /// One optimisation pass and how often it changed the graph.
    package struct Pass: Record, Hashable {
        package var id = ""
        package var count = 0

        package init() {}

        package init(id: String, count: Int) {
            self.id = id
            self.count = count
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("id", &id)
            try visitor.member("count", &count, .count)
        }
    }

    /// The kind of source: `onnx`, `tensorflow`, …
    package var format = ""
    /// The program that wrote the source, as far as it says.
    package var producer = ""
    package var sources: [Source] = []
    /// The options of the conversion that change its result.
    package var options: [String: String] = [:]
    /// In the order they ran.
    package var passes: [Pass] = []
    /// What a person should know: approximations, ignored parts.
    package var notes: [String] = []

    package init() {}

    package init(
        format: String = "", producer: String = "", sources: [Source] = [], options: [String: String] = [:],
        passes: [Pass] = [], notes: [String] = []
    ) {
        self.format = format
        self.producer = producer
        self.sources = sources
        self.options = options
        self.passes = passes
        self.notes = notes
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.member("format", &format)
        try visitor.member("producer", &producer)
        try visitor.member("sources", &sources)
        try visitor.member("options", &options)
        try visitor.member("passes", &passes)
        try visitor.member("notes", &notes)
    }
}
