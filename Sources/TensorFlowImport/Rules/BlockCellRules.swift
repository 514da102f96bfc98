import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Recurrent cells that TensorFlow 1 computes in one operation: a single step, or a sequence of known length.
enum BlockCellRules {
    static let table: [String: ImportRule] = [
        "LSTMBlockCell": lstmCell, "BlockLSTM": lstm, "BlockLSTMV2": lstm, "GRUBlockCell": gruCell,
    ]
    private static let mostSteps = 4096

    /// The weights and settings of an LSTM; `first` is the input that holds the old state of the cell.
    private struct Cell {
        let weights: ValueID, bias: ValueID
        /// What gates see of the cell; nil without peepholes.
        let peepholes: (input: ValueID, forget: ValueID, output: ValueID)?
        let forgetBias: Double
        /// The cell's magnitude isn't more; 0 for no bound.
        let clip: Double
        let hasForgetBefore: Bool

        init(_ node: RuleNode, first: Int) throws(OsteonError) {
            let isSecond = node.operation == "BlockLSTMV2"
            weights = try node.input(first + 2)
            bias = try node.input(first + 6)
            let sees = try node.attributes.bool("use_peephole", default: false)
            peepholes = sees ? (try node.input(first + 3), try node.input(first + 4), try node.input(first + 5)) : nil
            forgetBias = isSecond ? 0 : try node.attributes.double("forget_bias", default: 1)
            clip = try node.attributes.double("cell_clip", default: isSecond ? 0 : 3)
            hasForgetBefore = isSecond
        }

        /// i, cs, f, o, ci, co and h after one step.
        func step(_ x: ValueID, _ cell: ValueID, _ state: ValueID, _ f: Formula) throws(OsteonError) -> [ValueID] {
            let sums = try f(Add(), f(MatMul(), f(Concat(axis: 1), x, state), weights), bias)
            let parts = try f.builder.steps("gate", Split(axis: 1, count: 4), [sums], count: 4)
            let (candidate, forget) = hasForgetBefore ? (parts[2], parts[1]) : (parts[1], parts[2])
            func gate(_ sum: ValueID, _ cell: ValueID, _ hole: ValueID?) throws(OsteonError) -> ValueID {
                try f(Sigmoid(), hole == nil ? sum : f(Add(), sum, f(Multiply(), cell, hole)))
            }
            let i = try gate(parts[0], cell, peepholes?.input)
            let ci = try f(Tanh(), candidate)
            let biased = forgetBias == 0 ? forget : try f(Add(), forget, f.number(forgetBias, like: forget))
            let forgets = try gate(biased, cell, peepholes?.forget)
            var cs = try f(Add(), f(Multiply(), ci, i), f(Multiply(), cell, forgets))
            if clip > 0 { cs = try f(Clip(), cs, f.number(-clip, like: cs), f.number(clip, like: cs)) }
            let o = try gate(parts[3], cs, peepholes?.output)
            let co = try f(Tanh(), cs)
            return [i, cs, forgets, o, ci, co, try f(Multiply(), o, co)]
        }
    }

    private static func lstmCell(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let cell = try Cell(node, first: 1)
        var results = try cell.step(node.input(0), node.input(1), node.input(2), f)
        results[0] = try f.result(results[0])
        return results
    }

    /// All steps of a sequence; past its end everything is 0.
    private static func lstm(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(1)
        let cell = try Cell(node, first: 2)
        guard let steps = builder.graph.type(x).shape?.first?.fixed else {
            throw OsteonError(.unsupported, "a sequence whose length isn't fixed; \(Parameter.input) gives the shape of what's fed")
        }
        guard steps >= 1, steps <= mostSteps else { throw OsteonError(.unsupported, "\(steps) steps") }
        let length = try builder.asInt64(node.input(0))
        let isWhole = try builder.graph.constant(length)?.integers().first.map { $0 >= steps }
        var inputs = [x]
        if steps > 1 { inputs = try builder.steps("step", Split(axis: 0, count: steps), [x], count: steps) }
        var state = try node.input(3)
        var memory = try node.input(2)
        var results: [[ValueID]] = Array(repeating: [], count: 7)
        for (place, input) in inputs.enumerated() {
            let all = try cell.step(f(Squeeze(), input, f.integers([0])), memory, state, f)
            (memory, state) = (all[1], all[6])
            for (output, value) in all.enumerated() {
                var value = value
                if isWhole != true { value = try f(Where(), f(Less(), f.integer(place), length), value, f.number(0, like: value)) }
                results[output].append(try f.unsqueezed(value, [0]))
            }
        }
        var outputs: [ValueID] = []
        for list in results { outputs.append(try list.count == 1 ? list[0] : builder.step("sequence", Concat(axis: 0), list)) }
        outputs[0] = try f.result(outputs[0])
        return outputs
    }

    /// r, u, c and h after one step.
    private static func gruCell(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let state = try node.input(1)
        let sums = try f(Add(), f(MatMul(), f(Concat(axis: 1), x, state), node.input(2)), node.input(4))
        let gates = try builder.steps("gate", Split(axis: 1, count: 2), [f(Sigmoid(), sums)], count: 2)
        let seen = try f(Concat(axis: 1), x, f(Multiply(), state, gates[0]))
        let candidate = try f(Tanh(), f(Add(), f(MatMul(), seen, node.input(3)), node.input(5)))
        let rest = try f(Subtract(), f.number(1, like: state), gates[1])
        let h = try f(Add(), f(Multiply(), gates[1], state), f(Multiply(), rest, candidate))
        return [try f.result(gates[0]), gates[1], candidate, h]
    }
}
