import Bytes
import Tensors

extension Graph {
    /// Checks that the graph holds together: every value used exists, every node is typed as its operator infers,
    /// outputs are there, and nothing is cyclic. For tests and after each patch.
    package func verify() throws(OsteonError) {
        for output in outputs {
            guard contains(output) else { throw OsteonError(.internalFault, "A graph output was removed.") }
        }
        for id in try topologicalOrder() {
            let node = self[id]
            for input in node.inputs {
                guard input.map(contains) ?? true else {
                    throw OsteonError(.internalFault, "Node \(node.name) reads a removed value.")
                }
            }
            let types = try inferredTypes(node.op, node.inputs, outputCount: node.outputs.count, nodeName: node.name)
            for (value, type) in zip(node.outputs, types) where contains(value) && self[value].producer == id {
                guard self.type(value).isCompatible(with: type) else {
                    throw OsteonError(
                        .internalFault, "Value \(self[value].name) is typed \(self.type(value)), its node makes \(type).")
                }
            }
        }
    }
}

extension TensorType {
    /// Whether the two can describe the same tensor: equal element type, and no two fixed extents that differ.
    package func isCompatible(with other: TensorType) -> Bool {
        guard elementType == other.elementType else { return false }
        guard let a = shape, let b = other.shape else { return true }
        return a.count == b.count
            && zip(a, b).allSatisfy { x, y in
                guard let x = x.fixed, let y = y.fixed else { return true }
                return x == y
            }
    }
}
