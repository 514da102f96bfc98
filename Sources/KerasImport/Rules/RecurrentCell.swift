import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Which gates a recurrent cell has.
enum RecurrentKind {
    case long, gated, simple

    /// - Parameter className: a layer's class or a cell's.
    init?(_ className: String) {
        switch className {
        case "LSTM", "CuDNNLSTM", "LSTMCell": self = .long
        case "GRU", "CuDNNGRU", "GRUCell": self = .gated
        case "SimpleRNN", "SimpleRNNCell": self = .simple
        default: return nil
        }
    }

    var gates: Int { self == .long ? 4 : self == .gated ? 3 : 1 }
    /// The place of each gate of the operator among Keras' (i f c o; z r h).
    var order: [Int] { self == .long ? [0, 3, 1, 2] : Array(0..<gates) }
    var stateCount: Int { self == .long ? 2 : 1 }
}

/// A cell of a recurrent layer as an operator: its functions and its weights.
enum RecurrentCell {
    /// Every step's output and the last states, of a cell over a sequence [batch, steps, features].
    struct Output {
        var steps: ValueID
        var states: [ValueID]
    }

    /// - Parameters:
    ///   - call: the layer, or the cell of one, that has the variables.
    ///   - lengths: how many steps of each sample count; nil for all.
    ///   - states: the first states; none for zeros.
    static func run(
        _ call: LayerCall, _ kind: RecurrentKind, _ x: ValueID, lengths: ValueID?, states: [ValueID], isBackwards: Bool,
        _ builder: KerasBuilder, part: String
    ) throws(OsteonError) -> Output {
        var settings = RecurrentSettings(direction: isBackwards ? .reverse : .forward, batchFirst: true)
        settings.activations = try functions(call, kind, builder)
        var inputs: [ValueID?] = [x] + (try weights(call, kind, x, builder))
        if lengths != nil || !states.isEmpty {
            while inputs.count < 4 { inputs.append(nil) }
            inputs.append(lengths)
        }
        for (index, state) in states.enumerated() {
            inputs.append(try builder.step("\(part)initial_\(index)", Unsqueeze(), [state, builder.integers([1], "direction_axis")]))
        }
        let op: any Operator
        switch kind {
        case .long: op = LSTM(settings)
        case .gated:
            let isAfter = call.layer.className == "CuDNNGRU"
            op = GRU(settings, linearBeforeReset: try call.configuration.bool("reset_after", default: isAfter))
        case .simple: op = RNN(settings)
        }
        let made = try builder.steps("\(part)recurrent", op, inputs, count: kind.stateCount + 1)
        let steps = try builder.step("\(part)steps", Squeeze(), [made[0], builder.integers([2], "\(part)steps_axis")])
        var last: [ValueID] = []
        for (index, state) in made.dropFirst().enumerated() {
            last.append(try builder.step("\(part)last_\(index)", Squeeze(), [state, builder.integers([1], "\(part)last_axis")]))
        }
        return Output(steps: steps, states: last)
    }

    /// The functions of the gates, the candidate and the output, by the operator's order.
    private static func functions(_ call: LayerCall, _ kind: RecurrentKind, _ builder: KerasBuilder) throws(OsteonError)
        -> [RecurrentActivation]
    {
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
        _ call: LayerCall, _ kind: RecurrentKind, _ x: ValueID, _ builder: KerasBuilder
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
    private static func byGate(_ tensor: Tensor, _ kind: RecurrentKind) throws(OsteonError) -> Tensor {
        let order = try Tensor(kind.order.map { Int64($0) })
        guard let result = try Gather(axis: 0).evaluate([tensor, order]).first else {
            throw OsteonError(.internalFault, "Gates without a result.")
        }
        return result
    }
}
