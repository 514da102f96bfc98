import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Linear attention, step by step: `S ← decay·S + β·k ⊗ (v − decay·Sᵀk)`, `o = scale · qᵀS`, the parts by update rule.
struct LinearAttentionRule {
    private static let mostSteps = 4096

    private let node: NodeContext
    private let queryHeads: Int
    private let heads: Int
    private let isGated: Bool
    private let isDelta: Bool
    private let steps: Int

    init(_ node: NodeContext) throws(OsteonError) {
        self.node = node
        node.ignoreAttribute("chunk_size")
        guard let queryHeads = try node.integer("q_num_heads"), let heads = try node.integer("kv_num_heads"), heads > 0,
            queryHeads % heads == 0
        else { throw OsteonError(.malformed, "Attributes q_num_heads and kv_num_heads don't fit.") }
        (self.queryHeads, self.heads) = (queryHeads, heads)
        let rules = ["linear": (false, false), "gated": (true, false), "delta": (false, true), "gated_delta": (true, true)]
        (isGated, isDelta) = try node.choice("update_rule", "gated_delta", rules)
        guard let shape = node.type(try node.input(0)).fixedShape, shape.count == 3, shape[1] <= Self.mostSteps else {
            throw OsteonError(.unsupported, "Its length isn't known or is over \(Self.mostSteps); give the shape of the model's inputs.")
        }
        steps = shape[1]
    }

    func run() throws(OsteonError) -> [ValueID] {
        let elementType = node.type(try node.input(0)).elementType
        let query = try byHead(0, queryHeads, "query")
        let key = try byHead(1, heads, "key")
        let value = try byHead(2, heads, "value")
        let decay = isGated ? try byHead(4, heads, "decay") : nil
        let beta = isDelta ? try node.cast(try node.input(5), to: .f32, "beta") : nil
        guard let depth = node.type(key).fixedShape?.last, let width = node.type(value).fixedShape?.last,
            let batch = node.type(query).fixedShape?.first
        else { throw OsteonError(.unsupported, "Its shapes aren't known; give the shape of the model's inputs.") }
        let given = try node.number("scale", 0)
        let scale = try node.scalar(given == 0 ? 1 / Double(depth).squareRoot() : given, .f32, "scale")
        var state: ValueID
        if let past = node.optional(3) {
            state = try node.cast(past, to: .f32, "past_state")
        } else {
            state = try node.add(ConstantOfShape(), [try node.constant([batch, heads, depth, width], "state_shape")], "past_state")
        }

        var results: [ValueID] = []
        for step in 0..<steps {
            if let decay {
                let factor = try node.add(Exp(), [try at(step, decay, [0, 0, -1, 1])], "decay")
                state = try node.add(Multiply(), [state, factor], "decayed")
            }
            let row = try at(step, key, [0, 0, 1, -1])
            var addend = try at(step, value, [0, 0, 1, -1])
            if let beta {
                let predicted = try node.add(MatMul(), [row, state], "predicted")
                let error = try node.add(Subtract(), [addend, predicted], "error")
                addend = try node.add(Multiply(), [error, try at(step, beta, [0, -1, 1, 1])], "correction")
            }
            let outer = try node.add(Multiply(), [try at(step, key, [0, 0, -1, 1]), addend], "outer")
            state = try node.add(Add(), [state, outer], "state")
            let grouped = try at(step, query, [0, heads, queryHeads / heads, -1])
            let product = try node.add(MatMul(), [grouped, state], "product")
            results.append(try node.reshape(try node.add(Multiply(), [product, scale], "scaled"), [batch, 1, queryHeads * width]))
        }
        var concat = Concat()
        concat.axis = 1
        let output = try node.add(concat, results)
        return try [finished(output, 0, elementType)] + (node.wants(1) ? [finished(state, 1, elementType)] : [])
    }

    /// Input `index` in `f32`, its last axis split into heads.
    private func byHead(_ index: Int, _ count: Int, _ role: String) throws(OsteonError) -> ValueID {
        try node.reshape(try node.cast(try node.input(index), to: .f32, "\(role)_f32"), [0, 0, count, -1], role)
    }

    /// One step of a sequence (axis 1), reshaped.
    private func at(_ step: Int, _ sequence: ValueID, _ shape: [Int]) throws(OsteonError) -> ValueID {
        var gather = Gather()
        gather.axis = 1
        let position = node.constant(try Tensor(scalar: Int64(step)), "step")
        return try node.reshape(try node.add(gather, [sequence, position], "at_\(step)"), shape)
    }

    private func finished(_ value: ValueID, _ output: Int, _ elementType: ElementType) throws(OsteonError) -> ValueID {
        var cast = Cast()
        cast.elementType = elementType
        return try node.importer.add(cast, [value], name: "", outputNames: [node.outputName(output)])[0]
    }
}
