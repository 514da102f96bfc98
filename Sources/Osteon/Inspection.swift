import Bytes
import Inspection
import Tensors
import Workflows

/// A network's layers and what they cost, at one size of its inputs.
public struct Inspection: Sendable {
    /// One node of the graph, in the order of computation.
    public struct Layer: Sendable {
        /// The node's name.
        public var name: String
        /// The operator's name in native files.
        public var operatorName: String
        /// Extents of the first output, nil for a free one; nil where the rank isn't known.
        public var outputShape: [Int?]?
        /// Weights the layer reads, in elements.
        public var parameters: Int
        /// Multiply-accumulates of one run; nil where shapes are open.
        public var multiplyAccumulates: Int?
        /// Bytes of the layer's outputs; nil where shapes are open.
        public var activationBytes: Int?
        /// Voxels of the input that one element of the output depends on, by spatial axis; nil where that isn't known.
        public var receptiveField: [Int]?
    }

    /// Every node, in the order of computation.
    public var layers: [Layer]
    /// Elements of all weights.
    public var parameters: Int
    /// Bytes of all weights.
    public var parameterBytes: Int
    /// Of one run; nil where shapes are open.
    public var multiplyAccumulates: Int?
    /// What is alive at once between inputs and outputs, at most; nil where shapes are open.
    public var peakActivationBytes: Int?
    /// What a person should know, a sentence each.
    public var notes: [String]
    /// All of it as `osteon inspect` prints it in JSON.
    public var json: String

    init(_ inner: ModelInspection) {
        layers = inner.report.layers.map { layer in
            Layer(
                name: layer.name, operatorName: layer.operatorID,
                outputShape: layer.outputType.shape?.map(\.fixed),
                parameters: layer.parameters, multiplyAccumulates: layer.multiplyAccumulates, activationBytes: layer.activationBytes,
                receptiveField: layer.receptiveField)
        }
        parameters = inner.report.parameters
        parameterBytes = inner.report.parameterBytes
        multiplyAccumulates = inner.report.multiplyAccumulates
        peakActivationBytes = inner.report.peakActivationBytes
        notes = inner.notes
        json = inner.json.text()
    }
}
