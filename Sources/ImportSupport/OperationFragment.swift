import Bytes
import GraphIR
import Tensors

/// What an operation of another framework inside a model reads.
package enum FragmentInput {
    case value(TensorType)
    case constant(Tensor)
}

/// Makes a graph of one operation that a model of another framework holds, such as a TensorFlow node in a Keras model: its inputs
/// are the values among the given ones, in order.
///
/// Importers don't know one another; who knows both hands one's rules to the other as this.
package typealias FragmentImport = @Sendable (_ operation: JSONValue, _ inputs: [FragmentInput]) throws(OsteonError) -> Graph

extension ImportBuilder {
    /// Adds the nodes of a fragment as steps of the current node, reading `inputs` for its inputs.
    /// - Returns: what its outputs are here.
    package func splice(_ fragment: Graph, _ inputs: [ValueID]) throws(OsteonError) -> [ValueID] {
        guard inputs.count == fragment.inputs.count else {
            throw OsteonError(.internalFault, "A fragment of \(fragment.inputs.count) inputs is given \(inputs.count).")
        }
        var places: [ValueID: ValueID] = [:]
        for (input, value) in zip(fragment.inputs, inputs) { places[input] = value }
        for id in try fragment.topologicalOrder() {
            let node = fragment[id]
            var sources: [ValueID?] = []
            for input in node.inputs {
                sources.append(try input.map { (value) throws(OsteonError) in try place(of: value, fragment, &places) })
            }
            let made = try steps("operation", node.op, sources, count: node.outputs.count)
            for (output, value) in zip(node.outputs, made) { places[output] = value }
        }
        var result: [ValueID] = []
        for output in fragment.outputs { result.append(try place(of: output, fragment, &places)) }
        return result
    }

    private func place(of value: ValueID, _ fragment: Graph, _ places: inout [ValueID: ValueID]) throws(OsteonError) -> ValueID {
        if let known = places[value] { return known }
        guard let tensor = fragment.constant(value) else {
            throw OsteonError(.internalFault, "\(fragment[value].name) of a fragment is read before it's made.")
        }
        let made = constant(tensor, "constant")
        places[value] = made
        return made
    }
}
