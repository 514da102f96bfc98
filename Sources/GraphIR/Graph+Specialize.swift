import Bytes
import Tensors

extension Graph {
    /// Binds the inputs and settles all shape arithmetic in one walk: types are inferred anew, what the types alone
    /// decide becomes constant, and nodes whose inputs are all constant are evaluated.
    /// - Parameters:
    ///   - bindings: extents for free dimensions.
    ///   - inputShapes: whole shapes by input name, for inputs of unknown rank or extent.
    ///   - foldLimit: results larger than this many bytes stay nodes.
    ///   - keeping: operators that stay nodes whatever their inputs are.
    /// - Throws: `.invalidGraph` where the operators refuse the sizes.
    package mutating func specialize(
        _ bindings: [String: Int] = [:], inputShapes: [String: [Int]] = [:], foldLimit: Int = 1 << 16,
        keeping: (any Operator) -> Bool = { _ in false }
    ) throws(OsteonError) {
        for input in inputs {
            var bound = type(input)
            if let given = inputShapes[self[input].name] {
                bound.shape = given.map(Dimension.fixed)
            } else {
                bound.shape = bound.shape?.map { dimension in
                    if case .free(let name) = dimension, let extent = bindings[name] { .fixed(extent) } else { dimension }
                }
            }
            setType(input, bound)
        }
        for id in try topologicalOrder() {
            try inferAndFold(id, foldLimit: keeping(self[id].op) ? -1 : foldLimit)
        }
        removeDeadCode()
    }

    /// Writes into a node's operator what the types of its inputs decide.
    mutating func settleOperator(_ id: NodeID) throws(OsteonError) {
        let node = self[id]
        let context = InferenceContext(
            inputs: node.inputs.map { $0.map(type) }, constants: node.inputs.map(constant), outputCount: node.outputs.count)
        let settled = try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
            try node.op.settled(context)
        }
        if let settled { setOperator(id, settled) }
    }

    /// Infers one node's types anew and folds its outputs where they're constant and at most `foldLimit` bytes.
    /// - Returns: whether the outputs became constants.
    @discardableResult
    package mutating func inferAndFold(_ id: NodeID, foldLimit: Int) throws(OsteonError) -> Bool {
        try settleOperator(id)
        let node = self[id]
        let types = try inferredTypes(node.op, node.inputs, outputCount: node.outputs.count, nodeName: node.name)
        for (value, type) in zip(node.outputs, types) where contains(value) && self[value].producer == id {
            setType(value, type)
        }
        let constants = node.inputs.map(constant)
        let results: [Tensor]
        if zip(node.inputs, constants).allSatisfy({ $0 == nil || $1 != nil }) {
            guard let size = try? Checked.sum(types.map { $0.byteCount ?? 0 }), size <= foldLimit else { return false }
            results = try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in
                try node.op.evaluate(constants, outputCount: node.outputs.count)
            }
        } else {
            let context = InferenceContext(
                inputs: node.inputs.map { $0.map(type) }, constants: constants, outputCount: node.outputs.count)
            guard let known = try node.op.evaluateFromTypes(context) else { return false }
            results = known
        }
        guard results.reduce(0, { $0 + $1.byteCount }) <= foldLimit else { return false }
        for (value, tensor) in zip(node.outputs, results) where contains(value) { fold(value, to: tensor) }
        return true
    }
}
