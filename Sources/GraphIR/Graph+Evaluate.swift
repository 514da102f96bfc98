import Bytes
import Tensors

extension Graph {
    /// Runs the graph node by node with the operators' reference evaluation, freeing each tensor after its last use.
    ///
    /// The plain meaning of a graph, for tests and for comparison; the engine is the quick way.
    /// - Parameter tensors: a tensor for each input, by name.
    /// - Returns: the outputs by name.
    /// - Throws: `.usage` where an input is missing or doesn't fit its type.
    package func evaluateReference(_ tensors: [String: Tensor]) throws(OsteonError) -> [String: Tensor] {
        var live: [ValueID: Tensor] = [:]
        for input in inputs {
            let name = self[input].name
            guard let tensor = tensors[name] else { throw OsteonError(.usage, "No tensor was given for input \(name).") }
            guard type(input).isCompatible(with: tensor.type) else {
                throw OsteonError(.usage, "Input \(name) is \(type(input)), the tensor given is \(tensor.type).")
            }
            live[input] = tensor
        }
        let order = try topologicalOrder()
        var uses: [ValueID: Int] = [:]
        for output in outputs { uses[output, default: 0] += 1 }
        for id in order {
            for case .some(let input) in self[id].inputs { uses[input, default: 0] += 1 }
        }
        for id in order where self[id].outputs.contains(where: { uses[$0] != nil && producer($0) == id }) {
            let node = self[id]
            let arguments = node.inputs.map { $0.flatMap { constant($0) ?? live[$0] } }
            let results = try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
                try node.op.evaluate(arguments, outputCount: node.outputs.count)
            }
            for (value, tensor) in zip(node.outputs, results) where uses[value] != nil { live[value] = tensor }
            for case .some(let input) in node.inputs {
                let left = (uses[input] ?? 1) - 1
                uses[input] = left
                if left == 0 { live[input] = nil }
            }
        }
        var results: [String: Tensor] = [:]
        for output in outputs {
            guard let tensor = constant(output) ?? live[output] else {
                throw OsteonError(.internalFault, "Output \(self[output].name) was not computed.")
            }
            results[self[output].name] = tensor
        }
        return results
    }
}
