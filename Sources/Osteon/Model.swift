import Bytes
import GraphIR
import Tensors
import Workflows

/// A network read from any source Osteon knows.
///
/// A model is a value: `optimized()` gives another one. Nothing in a file is executed.
public struct Model: Sendable {
    let inner: Workflows.Model

    init(_ inner: Workflows.Model) { self.inner = inner }

    /// Reads the model at `path`: a native file, ONNX, a TensorFlow graph, checkpoint or SavedModel, Keras, PyTorch weights, or the
    /// folder of a Clara archive or MONAI bundle. The format is recognised by the content.
    /// - Throws: `.unreadable`, `.malformed`, `.unsupported`, `.limitExceeded` or `.unsafeReference`, with the file on the trail;
    ///   `.usage` for options that don't fit.
    public init(contentsOf path: String, options: OpenOptions = OpenOptions()) throws(OsteonError) {
        inner = try facing { () throws(Bytes.OsteonError) in try Workflows.Model.open(path, options: options.inner()) }
    }

    /// An input or output.
    public struct Port: Sendable, Hashable {
        /// The name to feed or ask for.
        public var name: String
        /// The type of its elements.
        public var elementType: ElementType
        /// Extents by axis, nil for a free one; nil where not even the rank is known.
        public var shape: [Int?]?
    }

    /// What the model takes, in order.
    public var inputs: [Port] { inner.graph.inputs.map(port) }
    /// What the model gives, in order.
    public var outputs: [Port] { inner.graph.outputs.map(port) }
    /// What the source is, for people: `ONNX`, `TensorFlow checkpoint` …
    public var formatName: String { inner.format.title }
    /// Framework and version that wrote the source; empty where it doesn't say.
    public var producer: String { inner.producer }
    /// What a person should know of the import.
    public var notes: [String] { inner.notes }
    /// The number of the graph's nodes.
    public var nodeCount: Int { inner.graph.nodeCount }

    /// The same network, rewritten by the standard passes: constants folded, normalisations fused, transpositions cancelled.
    /// - Throws: `.internalFault` where a rewrite breaks the graph.
    public func optimized() throws(OsteonError) -> Model {
        try facing { () throws(Bytes.OsteonError) in Model(try inner.optimized().model) }
    }

    /// Layers, shapes and costs.
    /// - Parameter shapes: shapes by input name, for dimensions that are free; the smallest legal size where none is given.
    /// - Throws: `.usage` or `.invalidGraph` where a shape doesn't fit.
    public func inspected(shapes: [String: [Int]] = [:]) throws(OsteonError) -> Inspection {
        try facing { () throws(Bytes.OsteonError) in Inspection(try ModelInspection(inner, shapes: shapes)) }
    }

    private func port(_ id: ValueID) -> Port {
        let type = inner.graph.type(id)
        return Port(
            name: inner.graph[id].name, elementType: ElementType(type.elementType),
            shape: type.shape?.map(\.fixed))
    }
}
