import Bytes

/// Keras 1's Sequential models that begin with a Merge, whose configuration holds the models it joins.
extension ModelParser {
    /// One model of all layers, those of the branches first: their variables are stored side by side.
    mutating func merging(
        _ branches: [JSONValue], _ list: [JSONValue], name: String, _ place: Place
    ) throws(OsteonError) -> KerasModel {
        guard place.depth < Self.deepest else { throw OsteonError(.limitExceeded, "Models nested more than \(Self.deepest) deep.") }
        var layers: [KerasLayer] = []
        var inputs: [LayerOutput] = []
        var joined: [CallArgument] = []
        for branch in branches {
            var inner = place
            inner.depth += 1
            let part = try model(branch, inner)
            let first = layers.count
            let shift = { (reference: LayerOutput) in
                LayerOutput(layer: reference.layer + first, node: reference.node, tensor: reference.tensor)
            }
            for layer in part.layers {
                for index in layer.calls.indices { layer.calls[index].mapTensors(shift) }
            }
            layers += part.layers
            inputs += part.inputs.map(shift)
            joined += part.outputs.map { .tensor(shift($0)) }
        }
        var folders = FolderNames()
        for (index, entry) in list.enumerated() {
            let next = try layer(entry, place, &folders)
            let source = LayerOutput(layer: layers.count - 1, node: 0, tensor: 0)
            next.calls = [LayerCallArguments(positional: [index == 0 ? .list(joined) : .tensor(source)])]
            layers.append(next)
        }
        var names: Set<String> = []
        for layer in layers where !names.insert(layer.path).inserted {
            throw OsteonError(.unsupported, "Two layers of the models that a Merge joins are named \(layer.name).")
        }
        return KerasModel(name: name, layers: layers, inputs: inputs, outputs: [LayerOutput(layer: layers.count - 1, node: 0, tensor: 0)])
    }
}
