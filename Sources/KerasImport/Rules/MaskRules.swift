import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// How masks go through layers: `compute_mask` of each class of Keras 2 (as of 2.15) and 3.
///
/// A class that neither makes nor passes on masks drops them. Before Keras came with TensorFlow such a class refused masked inputs, so
/// that no file has it.
enum MaskRules {
    /// Classes that give their first output the mask of their first input.
    private static let passing: Set<String> = [
        "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2",
        "SyncBatchNormalization", "Dense", "TimeDistributedDense", "Dropout", "ELU", "GaussianDropout", "GaussianNoise",
        "GroupNormalization", "InstanceNormalization", "LayerNormalization", "LeakyReLU", "PReLU", "ReLU", "Softmax", "SpatialDropout1D",
        "SpatialDropout2D", "SpatialDropout3D", "ThresholdedReLU", "UnitNormalization", "ParametricSoftplus", "SReLU", "InputLayer",
        "Attention", "AdditiveAttention", "Highway",
    ]
    private static let passingSince3: Set<String> = ["Identity", "Rescaling", "Normalization", "GroupQueryAttention"]

    private static let recurrent: Set<String> = [
        "LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional", "CuDNNLSTM", "CuDNNGRU",
    ]

    static let joining: Set<String> = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]

    /// Whether a layer reads a tensor given under this name as a mask.
    static func reads(_ name: String, _ layer: KerasLayer) -> Bool {
        switch name {
        case "mask":
            recurrent.contains(layer.className)
                || [
                    "Softmax", "GlobalAveragePooling1D", "GlobalAvgPool1D", "TimeDistributed", "Attention", "AdditiveAttention",
                    "BatchNormalization", "GroupNormalization",
                ].contains(layer.className)
        case "query_mask", "value_mask", "key_mask": layer.className == "MultiHeadAttention"
        default: false
        }
    }

    /// The parameters of layers that take masks, by which positional arguments are told apart; empty where all are inputs.
    private static func parameters(_ layer: KerasLayer, _ dialect: KerasDialect) -> [String] {
        switch layer.className {
        case "Softmax", "GlobalAveragePooling1D", "GlobalAvgPool1D": ["inputs", "mask"]
        case "Attention", "AdditiveAttention": ["inputs", "mask", "training", "return_attention_scores", "use_causal_mask"]
        case "BatchNormalization", "TimeDistributed": ["inputs", "training", "mask"]
        case "MultiHeadAttention" where dialect.major >= 3:
            [
                "query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask", "return_attention_scores", "training",
                "use_causal_mask",
            ]
        case "MultiHeadAttention":
            ["query", "value", "key", "attention_mask", "return_attention_scores", "training", "use_causal_mask"]
        case let name where recurrent.contains(name) && dialect.major >= 3: ["sequences", "initial_state", "mask", "training"]
        default: []
        }
    }

    /// The call with the masks of its inputs: those given by name, else those the tensors carry.
    static func reading(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> LayerCall {
        guard !call.layer.isOperation, !OperationRules.isFunctionCall(call.layer) else { return call }
        var result = call.layer.model == nil ? call.naming(parameters(call.layer, builder.dialect)) : call
        if let given = result.named.first(where: { $0.name == "mask" })?.value, !given.values.isEmpty {
            guard call.layer.model == nil else { throw OsteonError(.unsupported, "a nested model called with a mask") }
            result.masks = [given].flatMap(Self.items).map { $0.map(KerasMask.value) }
        } else {
            result.masks = result.inputs.map { builder.masks[$0] }
            // Beside a second tensor Keras 3 looks for no mask of the first.
            result.readsMasks = builder.dialect.major < 3 || !recurrent.contains(call.layer.className) || result.tensorArgumentCount == 1
        }
        if result.masks.allSatisfy({ $0 == nil }) { result.masks = [] }
        return result
    }

    /// The masks of a list, nil for those that are `null`.
    private static func items(_ argument: LayerCall.Argument) -> [ValueID?] {
        switch argument {
        case .value(let value): [value]
        case .json: [nil]
        case .list(let items): items.flatMap(Self.items)
        }
    }

    // MARK: Outputs

    /// Gives the outputs of a call the masks Keras gives them.
    static func attach(_ call: LayerCall, _ outputs: [ValueID], _ builder: KerasBuilder) throws(OsteonError) {
        guard call.layer.model == nil, !call.layer.isOperation, LayerRules.isKnown(package: call.layer.package) else { return }
        if outputs.allSatisfy({ builder.masks[$0] != nil }) { return }
        for (value, mask) in zip(outputs, try masks(of: call, builder)) where builder.masks[value] == nil { builder.masks[value] = mask }
    }

    private static func masks(of call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [KerasMask?] {
        let name = call.layer.className
        if name == "Embedding" {
            guard try call.configuration.bool("mask_zero", default: false) else { return [] }
            return [.value(try builder.differs(call.input(), from: 0, "mask"))]
        }
        guard !call.masks.isEmpty else { return [] }
        if passing.contains(name) || (builder.dialect.major >= 3 && passingSince3.contains(name)) {
            return [call.mask]
        }
        if joining.contains(name) { return [try joined(call, builder)] }
        switch name {
        case "Concatenate": return [try concatenated(call, axis: call.configuration.int("axis", default: -1), builder)]
        case "Merge":
            switch try call.configuration.string("mode", default: "sum") {
            case "sum", "mul", "ave", "max", "min": return [try joined(call, builder)]
            case "concat": return [try concatenated(call, axis: call.configuration.int("concat_axis", default: -1), builder)]
            default: return []
            }
        case "Bidirectional":
            guard let settings = call.layer.wrapped.first?.configuration, try settings.bool("return_sequences", default: false) else {
                return []
            }
            return call.configuration.isNull("merge_mode") ? [call.mask, call.mask] : [call.mask]
        case let name where recurrent.contains(name):
            return try call.configuration.bool("return_sequences", default: false) ? [call.mask] : []
        default: return []
        }
    }

    /// All of the masks there are; since Keras 3.4 any of them, and none where an input has none.
    private static func joined(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> KerasMask? {
        let isAny = builder.dialect.joinsMasksByAny
        if isAny, call.inputs.indices.contains(where: { call.mask($0) == nil }) { return nil }
        var result: ValueID?
        for mask in call.masks {
            if case .refused? = mask { return mask }
            guard let flags = try builder.flags(mask) else { continue }
            guard let other = result else {
                result = flags
                continue
            }
            result = try isAny ? builder.step("mask", Or(), [other, flags]) : builder.step("mask", And(), [other, flags])
        }
        return result.map(KerasMask.value)
    }

    /// Masks one after the other, all ones for inputs that have none; along the features a step counts that has all its parts.
    private static func concatenated(_ call: LayerCall, axis: Int, _ builder: KerasBuilder) throws(OsteonError) -> KerasMask? {
        let rank = try builder.rank(call.input())
        let place = axis < 0 ? axis + rank : axis
        var parts: [ValueID?] = []
        for (index, input) in call.inputs.enumerated() {
            if case .refused(let reason)? = call.mask(index) { return .refused(reason) }
            if let flags = try builder.flags(call.mask(index)) {
                guard try builder.rank(flags) == rank - 1 else { return .refused("a mask joined of masks of other rank") }
                parts.append(flags)
            } else if place == rank - 1 {
                continue
            } else if builder.dialect.major >= 3 {
                let last = builder.constant(try Tensor(scalar: Int64(0)), "mask_place_\(index)")
                let row = try builder.step("mask_row_\(index)", Gather(axis: rank - 1), [input, last])
                let same = try builder.step("mask_same_\(index)", Equal(), [row, row])
                parts.append(try builder.step("mask_ones_\(index)", Or(), [same, builder.step("mask_other_\(index)", Not(), [same])]))
            } else {
                return .refused("a mask joined of inputs with and without one")
            }
        }
        guard place == rank - 1 else { return .value(try builder.step("mask", Concat(axis: place), parts)) }
        var result: ValueID?
        for case .some(let part) in parts {
            result = try result.map { (other) throws(OsteonError) in try builder.step("mask", And(), [other, part]) } ?? part
        }
        return result.map(KerasMask.value)
    }
}
