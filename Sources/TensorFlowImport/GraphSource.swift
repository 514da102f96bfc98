import Bytes
import GraphIR
import WireFormats

/// A TensorFlow graph to import, and what goes with it.
struct GraphSource {
    var definition: Tensorflow_GraphDef
    /// The files read for it, the model's own first.
    var files: [MappedFile]
    /// The kind of source, for the record.
    var format: String
    var producer: String
    /// Where the variables' values are; nil for a graph without variables.
    var bundle: TensorBundle?
    /// The node that restores the variables; empty where the graph doesn't say.
    var restoredBy = ""
    /// Whether the graph has a loss, gradients and an optimiser beside the prediction.
    var isForTraining = false
    /// What the model calls its inputs and outputs, by the names of the tensors.
    var names: [String: String] = [:]
    /// The inputs its signature names.
    var inputs: [DeclaredInput] = []
    var notes: [String] = []
}
