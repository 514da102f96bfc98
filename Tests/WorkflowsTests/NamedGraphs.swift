import Container
import GraphIR
import Operators
import Tensors
import TestSupport
import Workflows

/// Small models with names of all kinds.
enum NamedGraphs {
    /// `outputs` of one input `x` of four floats, each the double of the one before.
    static func write(_ outputs: [String], to path: String) throws {
        var graph = Graph()
        let x = try graph.addInput("x", TensorType(.f32, [4]))
        var values: [ValueID] = []
        var last = x
        for name in outputs {
            last = try graph.add(Add(), [last, last], outputNames: [name])[0]
            values.append(last)
        }
        graph.setOutputs(values)
        try NativeWriter.write(ModelFile(graph: graph), to: path)
    }
}
