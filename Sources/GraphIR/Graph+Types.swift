import Bytes
import Tensors

extension Graph {
    /// What an operator is asked about one of its nodes with.
    package func context(_ node: Node) -> InferenceContext { context(node.inputs, outputCount: node.outputs.count) }

    private func context(_ nodeInputs: [ValueID?], outputCount: Int) -> InferenceContext {
        InferenceContext(inputs: nodeInputs.map { $0.map(type) }, constants: nodeInputs.map(constant), outputCount: outputCount)
    }

    /// The output types `op` infers for these inputs; checks the signature first.
    package func inferredTypes(
        _ op: any Operator, _ nodeInputs: [ValueID?], outputCount: Int, nodeName: String
    ) throws(OsteonError) -> [TensorType] {
        let context = context(nodeInputs, outputCount: outputCount)
        return try locating("node \(nodeName) (\(Swift.type(of: op).id))") { () throws(OsteonError) in
            try Self.checkSignature(Swift.type(of: op).signature, nodeInputs, outputCount: outputCount)
            let types = try op.inferTypes(context)
            guard types.count >= outputCount else {
                throw OsteonError(.invalidGraph, "It makes \(types.count) outputs, \(outputCount) are asked for.")
            }
            return types
        }
    }

    private static func checkSignature(
        _ signature: Signature, _ nodeInputs: [ValueID?], outputCount: Int
    ) throws(OsteonError) {
        let isVariadic = signature.inputs.last?.kind == .variadic
        guard isVariadic || nodeInputs.count <= signature.inputs.count else {
            throw OsteonError(.invalidGraph, "\(nodeInputs.count) inputs, but \(signature.inputs.count) at most.")
        }
        for (index, input) in signature.inputs.enumerated() where input.kind != .optional {
            guard index < nodeInputs.count, nodeInputs[index] != nil else {
                throw OsteonError(.invalidGraph, "Input \(input.name) is missing.")
            }
        }
        guard outputCount >= 1, signature.hasVariadicOutputs || outputCount <= signature.outputs.count else {
            throw OsteonError(.invalidGraph, "\(outputCount) outputs, but \(signature.outputs.count) at most.")
        }
    }

    /// Infers all types anew from the inputs on, after dimensions were bound or constants folded.
    /// - Throws: `.invalidGraph` where the operators refuse the new types.
    package mutating func reinferTypes() throws(OsteonError) {
        for id in try topologicalOrder() {
            try settleOperator(id)
            let node = self[id]
            let types = try inferredTypes(node.op, node.inputs, outputCount: node.outputs.count, nodeName: node.name)
            for (value, type) in zip(node.outputs, types) where contains(value) {
                if self[value].producer == id { setType(value, type) }
            }
        }
    }
}
