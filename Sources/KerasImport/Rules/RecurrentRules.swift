import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Recurrent layers and their wrapper for both directions.
enum RecurrentRules {
    static let table: [String: LayerRule] = [
        "LSTM": recurrent, "GRU": recurrent, "SimpleRNN": recurrent, "CuDNNLSTM": recurrent, "CuDNNGRU": recurrent,
        "ConvLSTM1D": recurrent, "ConvLSTM2D": recurrent, "ConvLSTM3D": recurrent, "Bidirectional": bidirectional, "RNN": recurrent,
    ]

    private static func recurrent(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var states = call.inputs.dropFirst() + (call.named.first { $0.name == "initial_state" }?.value.values ?? [])[...]
        if call.inputs.isEmpty { states = [] }
        let configuration = call.configuration
        let result = try RecurrentRun(call, givesZeros: configuration.bool("zero_output_for_mask", default: false), part: "", builder)
            .run(call.input(), Array(states))
        var outputs = [result.last]
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
        guard call.layer.wrapped.count == 2,
            call.layer.wrapped.allSatisfy({ table[$0.className] != nil && $0.className != "Bidirectional" && $0.package.isEmpty })
        else {
            throw OsteonError(.unsupported, "a wrapped layer that isn't LSTM, GRU, SimpleRNN, RNN or ConvLSTM")
        }
        let settings = call.layer.wrapped[0].configuration
        let states = Array(call.inputs.dropFirst()) + (call.named.first { $0.name == "initial_state" }?.value.values ?? [])
        guard states.count.isMultiple(of: 2) else { throw OsteonError(.malformed, "It's given \(states.count) states for two directions.") }
        let isSequence = try settings.bool("return_sequences", default: false)
        var results: [ValueID] = []
        var last: [ValueID] = []
        for (index, (layer, part)) in zip(call.layer.wrapped, ["forward_", "backward_"]).enumerated() {
            var inner = LayerCall(layer, [.value(try call.input())])
            inner.masks = call.masks
            let half = states.count / 2
            let result = try locating("layer \(layer.path)") { () throws(OsteonError) in
                // Since it came with TensorFlow the wrapper lets masked steps give zeros.
                try RecurrentRun(inner, givesZeros: isSequence && builder.dialect.followsTensorFlow2, part: part, builder)
                    .run(call.input(), Array(states[index * half..<(index + 1) * half]))
            }
            results.append(isSequence ? result.steps : result.last)
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
}
