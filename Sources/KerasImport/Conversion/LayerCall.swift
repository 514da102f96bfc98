import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// A layer being applied: what it is, and the values it's given.
struct LayerCall {
    let layer: KerasLayer
    let positional: [Argument]
    let named: [(name: String, value: Argument)]
    /// The tensors among the positional arguments, in order.
    let inputs: [ValueID]
    /// The mask of each of these tensors, or those given by name; empty where there are none.
    var masks: [KerasMask?] = []
    /// Whether the layer reads these masks; its output may carry them all the same.
    var readsMasks = true

    /// An argument in the portable graph.
    indirect enum Argument {
        case value(ValueID)
        case json(JSONValue)
        case list([Argument])

        var values: [ValueID] {
            switch self {
            case .value(let value): [value]
            case .json: []
            case .list(let items): items.flatMap(\.values)
            }
        }
    }

    init(_ layer: KerasLayer, _ positional: [Argument], _ named: [(name: String, value: Argument)] = []) {
        self.layer = layer
        self.positional = positional
        self.named = named
        inputs = positional.flatMap(\.values)
    }

    var configuration: LayerConfiguration { layer.configuration }

    /// How many of its arguments hold tensors.
    var tensorArgumentCount: Int { (positional + named.map(\.value)).count { !$0.values.isEmpty } }

    /// The first tensor's mask.
    var mask: KerasMask? { mask(0) }

    func mask(_ index: Int) -> KerasMask? { masks.indices.contains(index) ? masks[index] : nil }

    /// The same with the positional arguments behind the first named after the parameters they're given for.
    func naming(_ parameters: [String]) -> LayerCall {
        guard positional.count > 1, !parameters.isEmpty else { return self }
        let rest = zip(parameters.dropFirst(), positional.dropFirst()).map { (name: $0, value: $1) }
        guard rest.count == positional.count - 1 else { return self }
        return LayerCall(layer, [positional[0]], rest + named)
    }

    /// A required input.
    func input(_ index: Int = 0) throws(OsteonError) -> ValueID {
        guard index < inputs.count else {
            throw OsteonError(.malformed, "It's called with \(inputs.count) tensors; \(index + 1) are needed.")
        }
        return inputs[index]
    }

    /// A tensor given by name; nil without it.
    func tensor(_ name: String) -> ValueID? {
        named.first { $0.name == name }.flatMap { $0.value.values.first }
    }

    /// A plain value given by name; nil without it.
    func json(_ name: String) -> JSONValue? {
        guard case .json(let value)? = named.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }
}

/// Imports one class of layers: adds operators to the builder's graph and returns the layer's outputs.
///
/// An `.unsupported` error is collected with those of other layers; any other ends the import.
typealias LayerRule = @Sendable (LayerCall, KerasBuilder) throws(OsteonError) -> [ValueID]

/// Every class there is a rule for. A family of rules is one file; a rule is one line of its table.
package enum LayerRules {
    private static let all = FamilyTable<LayerRule>([
        ConvolutionRules.table, PoolingRules.table, ShapeRules.table, NormalizationRules.table, ActivationRules.table,
        DenseRules.table, MergeRules.table, PassingRules.table, PassingRules.passing, PreprocessingRules.table, AttentionRules.table,
        WrapperRules.table,
        OperationRules.table, SlicingRules.table, RecurrentRules.table, LocallyConnectedRules.table, OldRules.table,
        OperationLayerRules.table,
    ])

    /// Classes and operations that two families have a rule for.
    package static var duplicates: [String] { all.duplicates + OperationRules.duplicates }

    /// A rule that's the same for each number of spatial axes.
    static func rule(
        _ rank: Int, _ body: @escaping @Sendable (LayerCall, KerasBuilder, Int) throws(OsteonError) -> [ValueID]
    ) -> LayerRule {
        { (call, builder) throws(OsteonError) in try body(call, builder, rank) }
    }

    static func rule(for layer: KerasLayer) -> LayerRule? {
        guard isKnown(package: layer.package) else { return nil }
        return layer.isOperation ? OperationRules.rule(for: layer.className) : all[layer.className]
    }

    static func isKnown(package: String) -> Bool { package.isEmpty || packages.contains(package) }

    /// Packages whose layers are known; a class of any other is somebody's own code under a familiar name.
    private static let packages = ["Addons", "keras_contrib", "Keras", "keras"]
}
