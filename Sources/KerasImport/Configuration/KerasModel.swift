import Bytes

/// A model as its configuration describes it: layers, how they call one another, and what goes in and out.
struct KerasModel {
    var name: String
    var layers: [KerasLayer]
    /// The inputs in order: layers of class InputLayer.
    var inputs: [LayerOutput]
    var outputs: [LayerOutput]

    /// Every layer, those of nested models and wrappers included, each after the one that holds it.
    var allLayers: [KerasLayer] {
        var result: [KerasLayer] = []
        var stack = Array(layers.reversed())
        while let layer = stack.popLast() {
            result.append(layer)
            stack += layer.parts.reversed()
        }
        return result
    }
}

/// Output `tensor` of call `node` of a layer of the same model.
struct LayerOutput: Hashable {
    var layer: Int
    var node: Int
    var tensor: Int
}

/// One layer: its class, its configuration, and the calls it's used in.
final class KerasLayer {
    /// Without the package it's registered under (`Addons>`).
    let className: String
    /// The package before `>`; empty for Keras' own classes.
    let package: String
    let name: String
    var configuration: LayerConfiguration
    /// The names of the layers around it and its own, joined by "/"; unique in the model.
    let path: String
    /// Where Keras 3 keeps its variables, such as `layers/conv2d_1`.
    let storagePath: String
    /// Whether it's an operation of `keras.ops`, not a layer.
    let isOperation: Bool
    var calls: [LayerCallArguments] = []
    /// The nested model, where it's one.
    var model: KerasModel?
    /// The layers it wraps: one, or the two directions of `Bidirectional`.
    var wrapped: [KerasLayer] = []

    init(
        className: String, package: String, name: String, configuration: LayerConfiguration, path: String, storagePath: String,
        isOperation: Bool
    ) {
        self.className = className
        self.package = package
        self.name = name
        self.configuration = configuration
        self.path = path
        self.storagePath = storagePath
        self.isOperation = isOperation
    }

    /// The layers inside it.
    var parts: [KerasLayer] { model?.layers ?? wrapped }

    /// The class as a person reads it, with its package.
    var title: String { package.isEmpty ? className : "\(package)>\(className)" }

    var isTrainable: Bool { (try? configuration.bool("trainable", default: true)) ?? true }
}

/// What a layer is called with.
struct LayerCallArguments {
    var positional: [CallArgument] = []
    var named: [(name: String, value: CallArgument)] = []

    /// Every tensor read, in order.
    var tensors: [LayerOutput] { positional.flatMap(\.tensors) + named.flatMap(\.value.tensors) }

    /// Replaces every tensor read.
    mutating func mapTensors(_ change: (LayerOutput) -> LayerOutput) {
        for index in positional.indices { positional[index] = positional[index].mapped(change) }
        for index in named.indices { named[index].value = named[index].value.mapped(change) }
    }
}

/// One argument of a call: a tensor of another layer, a plain value, or a list with tensors in it.
indirect enum CallArgument {
    case tensor(LayerOutput)
    case value(JSONValue)
    case list([CallArgument])

    var tensors: [LayerOutput] {
        switch self {
        case .tensor(let output): [output]
        case .value: []
        case .list(let items): items.flatMap(\.tensors)
        }
    }

    func mapped(_ change: (LayerOutput) -> LayerOutput) -> CallArgument {
        switch self {
        case .tensor(let output): .tensor(change(output))
        case .value: self
        case .list(let items): .list(items.map { $0.mapped(change) })
        }
    }
}
