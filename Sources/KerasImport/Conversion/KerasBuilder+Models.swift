import Bytes
import GraphIR
import ImportSupport
import Tensors

extension KerasBuilder {
    /// One call of a layer of a model.
    private struct Call: Hashable {
        var layer: Int
        var node: Int
    }

    /// Applies the layers of a model that its outputs need.
    /// - Parameters:
    ///   - inputs: a value for each of the model's inputs.
    ///   - prefix: what names inside it begin with; empty for the outermost model.
    /// - Returns: its outputs; nil where one of them needs a layer that isn't supported.
    func applyModel(_ model: KerasModel, _ inputs: [ValueID], prefix: String) throws(OsteonError) -> [ValueID]? {
        guard inputs.count == model.inputs.count else {
            throw OsteonError(.malformed, "The model has \(model.inputs.count) inputs, \(inputs.count) tensors are given.")
        }
        let front = prefix.isEmpty ? "" : prefix + "/"
        reserve(model.layers.map { front + $0.name })
        var values: [Call: [ValueID]?] = [:]
        for (input, value) in zip(model.inputs, inputs) { values[Call(layer: input.layer, node: 0)] = [value] }
        for call in try order(model, Set(values.keys)) {
            let layer = model.layers[call.layer]
            let arguments = layer.calls[call.node]
            guard let prepared = try prepare(layer, arguments, { values[Call(layer: $0.layer, node: $0.node)] ?? nil }) else {
                // What it reads isn't supported; whether it would be is worth knowing too.
                if layer.model == nil { noteUnsupported(layer) }
                values[call] = .some(nil)
                continue
            }
            values[call] = .some(try apply(prepared, as: scope(for: front + layer.name, call: call.node)))
        }
        var outputs: [ValueID] = []
        for output in model.outputs {
            guard let made = values[Call(layer: output.layer, node: output.node)] ?? nil else { return nil }
            guard output.tensor < made.count else {
                throw OsteonError(.malformed, "The output \(model.layers[output.layer].name) has no tensor \(output.tensor).")
            }
            outputs.append(made[output.tensor])
        }
        return outputs
    }

    /// The calls the outputs need, each after those it reads from.
    private func order(_ model: KerasModel, _ given: Set<Call>) throws(OsteonError) -> [Call] {
        var result: [Call] = []
        var isDone: [Call: Bool] = [:]
        for call in given { isDone[call] = true }
        var stack = model.outputs.reversed().map { Call(layer: $0.layer, node: $0.node) }
        while let call = stack.last {
            if let done = isDone[call] {
                stack.removeLast()
                if !done {
                    isDone[call] = true
                    result.append(call)
                }
                continue
            }
            let layer = model.layers[call.layer]
            guard layer.calls.indices.contains(call.node) else {
                let what = layer.className == "InputLayer" ? "isn't among the model's inputs" : "isn't called \(call.node + 1) times"
                throw OsteonError(.malformed, "The layer \(layer.path) is read, but \(what).")
            }
            isDone[call] = false
            for tensor in layer.calls[call.node].tensors.reversed() {
                let source = Call(layer: tensor.layer, node: tensor.node)
                switch isDone[source] {
                case true?: break
                case false?: throw OsteonError(.malformed, "The layers go round in a circle through \(layer.path).")
                case nil: stack.append(source)
                }
            }
        }
        return result
    }

    /// The call with its arguments' values; nil where one of them isn't there.
    private func prepare(
        _ layer: KerasLayer, _ arguments: LayerCallArguments, _ values: (LayerOutput) -> [ValueID]?
    ) throws(OsteonError) -> LayerCall? {
        for tensor in arguments.tensors where values(tensor) == nil { return nil }
        var positional: [LayerCall.Argument] = []
        var named: [(name: String, value: LayerCall.Argument)] = []
        for argument in arguments.positional { positional.append(try self.argument(argument, of: layer, values)) }
        for (name, argument) in arguments.named { named.append((name, try self.argument(argument, of: layer, values))) }
        return LayerCall(layer, positional, named)
    }

    private func argument(
        _ argument: CallArgument, of layer: KerasLayer, _ values: (LayerOutput) -> [ValueID]?
    ) throws(OsteonError) -> LayerCall.Argument {
        switch argument {
        case .value(let json): return .json(json)
        case .tensor(let output):
            guard let made = values(output), output.tensor < made.count else {
                throw OsteonError(.malformed, "The layer \(layer.path) reads output \(output.tensor) of a layer that has fewer.")
            }
            return .value(made[output.tensor])
        case .list(let items):
            var result: [LayerCall.Argument] = []
            for item in items { result.append(try self.argument(item, of: layer, values)) }
            return .list(result)
        }
    }

    // MARK: The outermost model

    /// The graph's inputs for a model.
    func addInputs(_ model: KerasModel) throws(OsteonError) -> [ValueID] {
        var result: [ValueID] = []
        for input in model.inputs {
            let layer = model.layers[input.layer]
            result.append(
                try locating("layer \(layer.path)") { () throws(OsteonError) in
                    graph.addInput(layer.name, try Self.inputType(layer))
                })
        }
        return result
    }

    private static func inputType(_ layer: KerasLayer) throws(OsteonError) -> TensorType {
        let configuration = layer.configuration
        if configuration.flag("sparse", false) || configuration.flag("ragged", false) {
            throw OsteonError(.unsupported, "The input \(layer.name) is sparse or ragged.")
        }
        guard let shape = try configuration.shape("batch_shape", "batch_input_shape") else {
            throw OsteonError(.malformed, "The input \(layer.name) has no shape.")
        }
        var name = "float32"
        if let given = configuration.value(["dtype", "input_dtype"]) {
            if case .string(let text) = given { name = text } else { name = try configuration.policyName() ?? name }
        }
        // Keras predicts all inputs with one batch, so its extent has one name.
        let dimensions = shape.enumerated().map { axis, extent in
            extent.map(Dimension.fixed) ?? .free(axis == 0 ? "N" : "\(layer.name)_\(axis)")
        }
        return TensorType(try ElementType(keras: name), dimensions)
    }
}
