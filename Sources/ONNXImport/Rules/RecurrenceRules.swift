import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operators with a state carried from step to step: recurrent layers, and others taken apart.
enum RecurrenceRules {
    static let table: [String: ImportRule] = [
        "LinearAttention": { (node) throws(OsteonError) in try LinearAttentionRule(node).run() },
        "CausalConvWithState": causalConvolution, "TensorScatter": tensorScatter,
        "LSTM": lstm, "GRU": gru, "RNN": rnn,
    ]

    private static let lstm: ImportRule = { (node) throws(OsteonError) in
        let settings = try settings(node, functions: 3, units: node.input(2))
        return try recurrent(node, LSTM(settings, inputForget: node.flag("input_forget")), inputs: 8, outputs: 3)
    }

    private static let gru: ImportRule = { (node) throws(OsteonError) in
        let settings = try settings(node, functions: 2, units: node.input(2))
        return try recurrent(node, GRU(settings, linearBeforeReset: node.flag("linear_before_reset")), inputs: 6, outputs: 2)
    }

    private static let rnn: ImportRule = { (node) throws(OsteonError) in
        try recurrent(node, RNN(settings(node, functions: 1, units: node.input(2))), inputs: 6, outputs: 2)
    }

    private static func recurrent(_ node: NodeContext, _ op: any Operator, inputs: Int, outputs: Int) throws(OsteonError) -> [ValueID] {
        guard node.outputCount <= outputs else {
            throw OsteonError(.malformed, "It has \(node.outputCount) outputs, \(outputs) at most are known.")
        }
        return try node.finish(op, (0..<inputs).map { node.optional($0) })
    }

    private static func settings(_ node: NodeContext, functions: Int, units: ValueID) throws(OsteonError) -> RecurrentSettings {
        let direction = try node.choice(
            "direction", "forward", ["forward": RecurrentDirection.forward, "reverse": .reverse, "bidirectional": .bidirectional])
        if let wanted = try node.integer("hidden_size"), let shape = node.type(units).shape, let actual = shape.last?.fixed,
            actual != wanted
        {
            throw OsteonError(.malformed, "Attribute hidden_size is \(wanted), the weights are for \(actual) units.")
        }
        // Before version 7: whether the whole sequence is wanted, which the outputs show.
        node.ignoreAttribute("output_sequence")
        return RecurrentSettings(
            direction: direction, activations: try activations(node, count: functions * direction.count), clip: try node.number("clip"),
            batchFirst: try node.flag("layout"))
    }

    /// ONNX's names, with whether they take an alpha and a beta and what these are by default.
    private static let activations: [String: (kind: RecurrentActivation.Kind, alpha: Double?, beta: Double?)] = [
        "Relu": (.relu, nil, nil), "Tanh": (.tanh, nil, nil), "Sigmoid": (.sigmoid, nil, nil), "Affine": (.affine, 1, 0),
        "LeakyRelu": (.leakyRelu, 0.01, nil), "ThresholdedRelu": (.thresholdedRelu, 1, nil), "ScaledTanh": (.scaledTanh, 1, 1),
        "HardSigmoid": (.hardSigmoid, 0.2, 0.5), "Elu": (.elu, 1, nil), "Softsign": (.softsign, nil, nil),
        "Softplus": (.softplus, nil, nil),
    ]

    /// The functions; alphas and betas are dealt out, in order, to those that take one.
    private static func activations(_ node: NodeContext, count: Int) throws(OsteonError) -> [RecurrentActivation] {
        var alphas = (try node.numbers("activation_alpha") ?? [])[...]
        var betas = (try node.numbers("activation_beta") ?? [])[...]
        let names = try node.texts("activations") ?? []
        guard names.isEmpty || names.count == count else {
            throw OsteonError(.malformed, "Attribute activations has \(names.count) names where \(count) are needed.")
        }
        var result: [RecurrentActivation] = []
        for name in names {
            guard let known = activations[name] else { throw OsteonError(.unsupported, "The activation \(name) isn't known.") }
            let alpha = known.alpha.map { standard in alphas.popFirst().map { Double($0) } ?? Double(Float(standard)) }
            let beta = known.beta.map { standard in betas.popFirst().map { Double($0) } ?? Double(Float(standard)) }
            result.append(RecurrentActivation(known.kind, alpha: alpha ?? 0, beta: beta ?? 0))
        }
        return result
    }

    /// Concatenate the state, convolve each channel by itself, keep the end as the next state.
    private static let causalConvolution: ImportRule = { (node) throws(OsteonError) in
        let x = try node.input(0)
        let weight = try node.input(1)
        guard let shape = node.type(weight).fixedShape, shape.count == 3 else {
            throw OsteonError(.unsupported, "The shape of its weight isn't known.")
        }
        let memory = shape[2] - 1
        let extended: ValueID
        if let past = node.optional(3) {
            var concat = Concat()
            concat.axis = -1
            extended = try node.add(concat, [past, x], "extended")
        } else {
            extended = try node.add(Pad(), [x, try node.constant([0, 0, memory, 0, 0, 0], "pads")], "extended")
        }
        var convolution = Convolution()
        convolution.groups = shape[0]
        let activation = try node.text("activation", "none")
        let result: [ValueID]
        switch activation {
        case "none": result = try node.finish(convolution, [extended, weight, node.optional(2)], outputs: 1)
        case "silu", "swish":
            let sum = try node.add(convolution, [extended, weight, node.optional(2)])
            result = try node.finish(Swish(), [sum], outputs: 1)
        default: throw OsteonError(.unsupported, "Attribute activation is \"\(activation)\"; known are none, silu, swish.")
        }
        guard node.wants(1) else { return result }
        let length = try node.shape(of: extended, from: 2, to: 3)
        let start = try node.add(Subtract(), [length, try node.constant([memory], "memory")], "start")
        let state = try node.importer.add(
            Slice(), [extended, start, length, try node.constant([2], "axis")], name: "", outputNames: [node.outputName(1)])
        return result + state
    }

    /// Writes new entries into a cache, each sample of the batch from a place of its own on.
    private static let tensorScatter: ImportRule = { (node) throws(OsteonError) in
        let cache = try node.input(0)
        let update = try node.input(1)
        let rank = try node.knownRank(cache)
        let given = try node.integer("axis", -2)
        let axis = given < 0 ? given + rank : given
        guard axis > 0, axis < rank, let shape = node.type(update).shape, shape.count == rank, let count = shape[axis].fixed,
            count <= 1 << 20
        else {
            throw OsteonError(.unsupported, "Its axis is out of range, or the number of new entries isn't known or too large.")
        }
        let ones = [Int](repeating: 1, count: rank)
        var column = ones
        column[axis] = count
        var places = node.constant(try Tensor((0..<count).map { Int64($0) }, shape: column), "places")
        if let starts = node.optional(2) {
            var batch = ones
            batch[0] = -1
            places = try node.add(Add(), [places, try node.reshape(try node.cast(starts, to: .i64), batch, "starts")], "shifted")
        }
        if try node.choice("mode", "linear", ["linear": false, "circular": true]) {
            let length = try node.shape(of: cache, from: axis, to: axis + 1)
            places = try node.add(Modulo(), [places, length], "wrapped")
        }
        let indices = try node.add(Expand(), [places, try node.shape(of: update)], "indices")
        var scatter = ScatterElements()
        scatter.axis = axis
        return try node.finish(scatter, [cache, indices, update])
    }
}
