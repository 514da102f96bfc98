import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Recurrent layers and their wrapper for both directions.
enum RecurrentRules {
    static let table: [String: LayerRule] = [
        "LSTM": recurrent, "GRU": recurrent, "SimpleRNN": recurrent, "CuDNNLSTM": recurrent, "CuDNNGRU": recurrent,
        "ConvLSTM1D": recurrent, "ConvLSTM2D": recurrent, "ConvLSTM3D": recurrent, "Bidirectional": bidirectional,
    ]

    private enum Kind {
        case long, gated, simple

        init(_ className: String) {
            self = className.hasSuffix("LSTM") ? .long : className.hasSuffix("GRU") ? .gated : .simple
        }

        var gates: Int { self == .long ? 4 : self == .gated ? 3 : 1 }
        /// The place of each gate of the operator among Keras' (i f c o; z r h).
        var order: [Int] { self == .long ? [0, 3, 1, 2] : Array(0..<gates) }
    }

    /// What one direction gives: all steps in the order of the input, and the last states.
    private struct Result {
        var steps: ValueID
        var states: [ValueID]
    }

    private static func recurrent(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var states = call.inputs.dropFirst() + (call.named.first { $0.name == "initial_state" }?.value.values ?? [])[...]
        if call.inputs.isEmpty { states = [] }
        let result = try run(call, call.input(), Array(states), builder, part: "")
        let configuration = call.configuration
        var outputs = [result.states[0]]
        if try configuration.bool("return_sequences", default: false) {
            let isBackwards = try configuration.bool("go_backwards", default: false)
            // Keras gives the steps in the order they were taken.
            outputs = [isBackwards ? try reversed(result.steps, builder) : result.steps]
        }
        if try configuration.bool("return_state", default: false) {
            for (index, state) in result.states.enumerated() { outputs.append(try builder.step("state_\(index)", Identity(), [state])) }
        }
        return outputs
    }

    private static func reversed(_ steps: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        try builder.step("in_order_taken", Reverse(), [steps, builder.integers([1], "time_axis")])
    }

    /// The second layer is the first one the other way round, with weights of its own.
    private static func bidirectional(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard call.layer.wrapped.count == 2, table[call.layer.wrapped[0].className] != nil, call.layer.wrapped[0].wrapped.isEmpty else {
            throw OsteonError(.unsupported, "a wrapped layer that isn't LSTM, GRU, SimpleRNN or ConvLSTM")
        }
        let settings = call.layer.wrapped[0].configuration
        let states = Array(call.inputs.dropFirst()) + (call.named.first { $0.name == "initial_state" }?.value.values ?? [])
        guard states.count.isMultiple(of: 2) else { throw OsteonError(.malformed, "It's given \(states.count) states for two directions.") }
        let isSequence = try settings.bool("return_sequences", default: false)
        var results: [ValueID] = []
        var last: [ValueID] = []
        for (index, (layer, part)) in zip(call.layer.wrapped, ["forward_", "backward_"]).enumerated() {
            let inner = LayerCall(layer, [.value(try call.input())])
            let half = states.count / 2
            let result = try locating("layer \(layer.path)") { () throws(OsteonError) in
                try run(inner, call.input(), Array(states[index * half..<(index + 1) * half]), builder, part: part)
            }
            results.append(isSequence ? result.steps : result.states[0])
            last += result.states
        }
        var outputs = try merged(results, call, builder)
        if try settings.bool("return_state", default: false) {
            for (index, state) in last.enumerated() { outputs.append(try builder.step("state_\(index)", Identity(), [state])) }
        }
        return outputs
    }

    /// Both directions' results as the wrapper joins them.
    private static func merged(_ results: [ValueID], _ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard let mode = call.configuration.value(["merge_mode"]) else {
            // `null` means a list; left out, concatenation.
            if call.configuration.isNull("merge_mode") { return results }
            return [try builder.step("joined", Concat(axis: -1), results.map(Optional.some))]
        }
        switch try mode.string() {
        case "concat": return [try builder.step("joined", Concat(axis: -1), results.map(Optional.some))]
        case "sum": return [try builder.step("sum", Add(), results.map(Optional.some))]
        case "mul": return [try builder.step("product", Multiply(), results.map(Optional.some))]
        case "ave":
            let sum = try builder.step("sum", Add(), results.map(Optional.some))
            return [try builder.step("average", Multiply(), [sum, builder.scalar(0.5, like: sum, "half")])]
        case let other: throw OsteonError(.unsupported, "merge_mode \(other)")
        }
    }

    // MARK: One direction

    private static func run(
        _ call: LayerCall, _ input: ValueID, _ states: [ValueID], _ builder: KerasBuilder, part: String
    ) throws(OsteonError) -> Result {
        let configuration = call.configuration
        let kind = Kind(call.layer.className)
        if let rank = ConvolutionalLSTM.rank(call.layer.className) {
            if try configuration.bool("stateful", default: false) { noteStateful(call, builder) }
            let (steps, last) = try ConvolutionalLSTM.run(call, input, states, builder, part: part, rank: rank)
            return Result(steps: steps, states: last)
        }
        guard try !configuration.bool("time_major", default: false) else { throw OsteonError(.unsupported, "time_major") }
        if try configuration.bool("stateful", default: false) { noteStateful(call, builder) }
        let x = try builder.float(input, call)
        guard try builder.rank(x) == 3 else { throw OsteonError(.malformed, "Its input has rank \(try builder.rank(x)), not 3.") }
        let isBackwards = try configuration.bool("go_backwards", default: false)
        var settings = RecurrentSettings(direction: isBackwards ? .reverse : .forward, batchFirst: true)
        settings.activations = try functions(call, kind, builder)
        var inputs: [ValueID?] = [x] + (try weights(call, kind, x, builder))
        for (index, state) in states.enumerated() {
            guard index < (kind == .long ? 2 : 1) else { throw OsteonError(.malformed, "It's given \(states.count) states.") }
            if index == 0 { inputs.append(nil) }
            inputs.append(try builder.step("\(part)initial_\(index)", Unsqueeze(), [state, builder.integers([1], "direction_axis")]))
        }
        let op: any Operator
        switch kind {
        case .long: op = LSTM(settings)
        case .gated:
            let isAfter = call.layer.className == "CuDNNGRU"
            op = GRU(settings, linearBeforeReset: try configuration.bool("reset_after", default: isAfter))
        case .simple: op = RNN(settings)
        }
        let made = try builder.steps("\(part)recurrent", op, inputs, count: kind == .long ? 3 : 2)
        let steps = try builder.step("\(part)steps", Squeeze(), [made[0], builder.integers([2], "\(part)steps_axis")])
        var last: [ValueID] = []
        for (index, state) in made.dropFirst().enumerated() {
            last.append(try builder.step("\(part)last_\(index)", Squeeze(), [state, builder.integers([1], "\(part)last_axis")]))
        }
        return Result(steps: steps, states: last)
    }

    private static func noteStateful(_ call: LayerCall, _ builder: KerasBuilder) {
        builder.note("\(call.layer.path) keeps its state between calls; each run starts from zeros")
    }

    /// The functions of the gates, the candidate and the output, by the operator's order.
    private static func functions(_ call: LayerCall, _ kind: Kind, _ builder: KerasBuilder) throws(OsteonError) -> [RecurrentActivation] {
        let isCuDNN = call.layer.className.hasPrefix("CuDNN")
        let activation = try function(call, ["activation"], "tanh", builder)
        guard kind != .simple else { return [activation] }
        let names = ["recurrent_activation", "inner_activation"]
        let gate = try function(
            call, isCuDNN ? [] : names, isCuDNN || builder.dialect.followsTensorFlow2 ? "sigmoid" : "hard_sigmoid", builder)
        return kind == .long ? [gate, activation, activation] : [gate, activation]
    }

    private static func function(
        _ call: LayerCall, _ names: [String], _ fallback: String, _ builder: KerasBuilder
    ) throws(OsteonError) -> RecurrentActivation {
        var name = fallback
        if let value = call.configuration.value(names) {
            if case .string(let text) = value { name = text } else { name = try value.member("config").string() }
        }
        switch name {
        case "linear": return RecurrentActivation(.none)
        case "hard_sigmoid":
            return RecurrentActivation(.hardSigmoid, alpha: builder.hardSigmoid.alpha, beta: builder.hardSigmoid.beta)
        case "leaky_relu": return RecurrentActivation(.leakyRelu, alpha: 0.2)
        case "swish", "silu": return RecurrentActivation(.swish, alpha: 1)
        case "elu": return RecurrentActivation(.elu, alpha: 1)
        case "hard_silu", "hard_swish": return RecurrentActivation(.hardSwish)
        case "relu", "tanh", "sigmoid", "softsign", "softplus", "gelu", "mish":
            guard let kind = RecurrentActivation.Kind(rawValue: name) else { break }
            return RecurrentActivation(kind)
        default: break
        }
        throw OsteonError(.unsupported, "the function \(name) in a recurrent layer")
    }

    /// Weights and biases as the operator has them: [1, gates · units, inputs], [1, gates · units, units], [1, 2 · gates · units].
    ///
    /// cuDNN's, told by two biases a gate in one row, hold each gate's matrix for rows of units under the shape of the other layout.
    private static func weights(
        _ call: LayerCall, _ kind: Kind, _ x: ValueID, _ builder: KerasBuilder
    ) throws(OsteonError) -> [ValueID?] {
        let units = try call.configuration.positive("units", "output_dim")
        let width = try Checked.multiply(units, kind.gates)
        let features = try builder.fixedExtent(x, -1)
        let hasBias = try call.configuration.bool("use_bias", "bias", default: true)
        let twice = try Checked.multiply(2, width)
        var isCuDNN = false
        if hasBias { isCuDNN = try builder.stored("bias", of: call).shape == [twice] }
        if isCuDNN, kind == .simple { throw OsteonError(.malformed, "Its variable bias has two rows.") }
        var result: [ValueID?] = []
        for (name, rows) in [("kernel", features), ("recurrent_kernel", units)] {
            let stored = try builder.variable(name, of: call, shape: [rows, width], like: x)
            let ordered: Tensor
            if isCuDNN {
                let parts = builder.constant(try builder.computed(Identity(), stored).reshaped([rows, kind.gates, units]), "\(name)_gates")
                ordered = try byGate(builder.computed(Transpose(permutation: [1, 0, 2]), parts).reshaped([kind.gates, units, rows]), kind)
            } else {
                ordered = try byGate(builder.computed(Transpose(permutation: [1, 0]), stored).reshaped([kind.gates, units, rows]), kind)
            }
            result.append(builder.constant(try ordered.reshaped([1, width, rows]), name))
        }
        guard hasBias else { return result }
        // Two biases a gate, of which most layers have the first alone.
        let (stored, form) = try builder.variable("bias", of: call, shapes: [[width], [2, width], [twice]], like: x)
        guard let bias = builder.graph.constant(stored) else { throw OsteonError(.internalFault, "A bias that isn't constant.") }
        let count = form == 0 ? 1 : 2
        var parts: [Tensor] = []
        for half in 0..<count {
            let rows = try bias.reshaped([count, kind.gates, units])
            guard let one = try Gather(axis: 0).evaluate([rows, Tensor(scalar: Int64(half))]).first else { break }
            parts.append(try byGate(one, kind).reshaped([1, width]))
        }
        if form == 0 { parts.append(try Tensor(zeros: bias.elementType, [1, width])) }
        guard let joined = try Concat(axis: 1).evaluate(parts.map(Optional.some)).first else {
            throw OsteonError(.internalFault, "Biases without a result.")
        }
        result.append(builder.constant(joined, "bias"))
        return result
    }

    /// The rows of a tensor, one a gate, in the operator's order.
    private static func byGate(_ tensor: Tensor, _ kind: Kind) throws(OsteonError) -> Tensor {
        let order = try Tensor(kind.order.map { Int64($0) })
        guard let result = try Gather(axis: 0).evaluate([tensor, order]).first else {
            throw OsteonError(.internalFault, "Gates without a result.")
        }
        return result
    }
}
