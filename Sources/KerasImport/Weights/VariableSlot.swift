/// A variable that a layer of some class and configuration has.
struct VariableSlot: Hashable {
    /// As Keras names it within the layer: `kernel`, `moving_mean`.
    var name: String
    /// Trainable variables come first where a nested model's are listed together.
    var isTrainable = true
    /// The folders it may be in below the layer's own, in files of Keras 3; "" for the layer's own.
    var folders = [""]
    /// Its number in that folder.
    var index = 0
}

/// The variables of each class of layers, in the order Keras lists them.
enum LayerVariables {
    /// What a layer itself has, without the layers inside it.
    static func slots(of layer: KerasLayer) -> [VariableSlot] {
        guard let rule = table[layer.className], !layer.isOperation, LayerRules.isKnown(package: layer.package) else { return [] }
        let slots = rule(layer.configuration)
        var counts: [String: Int] = [:]
        return slots.map { slot in
            var slot = slot
            slot.index = counts[slot.folders[0], default: 0]
            counts[slot.folders[0]] = slot.index + 1
            return slot
        }
    }

    private typealias Rule = @Sendable (LayerConfiguration) -> [VariableSlot]

    private static let table: [String: Rule] = {
        var result: [String: Rule] = [:]
        for name in [
            "Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "Convolution3D", "Conv1DTranspose", "Conv2DTranspose",
            "Conv3DTranspose", "Convolution2DTranspose", "Convolution3DTranspose", "Deconvolution2D", "Deconvolution3D",
            "AtrousConvolution1D", "AtrousConvolution2D", "AtrousConvolution3D", "Dense", "TimeDistributedDense",
        ] { result[name] = { ["kernel"] + $0.bias } }
        for name in ["SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D"] {
            result[name] = { ["depthwise_kernel", "pointwise_kernel"] + $0.bias }
        }
        for name in ["DepthwiseConv1D", "DepthwiseConv2D", "DepthwiseConv3D"] { result[name] = { ["depthwise_kernel"] + $0.bias } }
        for name in ["BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"] {
            result[name] = { $0.affine + [.fixed("moving_mean"), .fixed("moving_variance")] }
        }
        for name in ["LayerNormalization", "GroupNormalization", "InstanceNormalization"] { result[name] = { $0.affine } }
        result["RMSNormalization"] = { _ in ["scale"] }
        result["LayerScale"] = { _ in ["gamma"] }
        result["PReLU"] = { _ in ["alpha"] }
        result["Embedding"] = { _ in ["embeddings"] }
        result["Normalization"] = { $0.has("mean") ? [] : [.fixed("mean"), .fixed("variance"), .fixed("count")] }
        result["Attention"] = { $0.attention }
        result["AdditiveAttention"] = { $0.flag("use_scale", true) ? ["scale"] : [] }
        result["EinsumDense"] = { $0.has("bias_axes") ? ["kernel", "bias"] : ["kernel"] }
        result["SpectralNormalization"] = { _ in [.fixed("vector_u")] }
        result["MultiHeadAttention"] = { $0.multiHead }
        for name in ["LocallyConnected1D", "LocallyConnected2D", "MaxoutDense"] { result[name] = { ["kernel"] + $0.bias } }
        result["Highway"] = { ["kernel", "carry_kernel"] + $0.bias + ($0.bias.isEmpty ? [] : ["carry_bias"]) }
        result["ParametricSoftplus"] = { _ in ["alphas", "betas"] }
        result["SReLU"] = { _ in ["t_left", "a_left", "t_right", "a_right"] }
        for name in ["LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"] {
            result[name] = { config in
                (["kernel", "recurrent_kernel"] + config.bias).map { slot in
                    var slot = slot
                    slot.folders = ["cell"]
                    return slot
                }
            }
        }
        for name in ["LSTMCell", "GRUCell", "SimpleRNNCell"] { result[name] = { ["kernel", "recurrent_kernel"] + $0.bias } }
        return result
    }()
}

extension VariableSlot: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self.init(name: value) }

    /// A variable that training doesn't change by gradients.
    static func fixed(_ name: String) -> VariableSlot { VariableSlot(name: name, isTrainable: false) }
}

// A wrong type is reported where the layer itself is read.
extension LayerConfiguration {
    func flag(_ name: String, _ fallback: Bool) -> Bool { (try? bool(name, default: fallback)) ?? fallback }

    fileprivate var bias: [VariableSlot] { flag("use_bias", flag("bias", true)) ? ["bias"] : [] }

    fileprivate var affine: [VariableSlot] {
        (flag("scale", true) ? ["gamma"] : []) + (flag("center", true) ? ["beta"] : [])
    }

    fileprivate var attention: [VariableSlot] {
        (flag("use_scale", false) ? ["scale"] : [])
            + ((try? string("score_mode", default: "dot")) == "concat" ? ["concat_score_weight"] : [])
    }

    fileprivate var multiHead: [VariableSlot] {
        var result: [VariableSlot] = []
        for part in ["query", "key", "value", "output"] {
            let folders = ["\(part)_dense", "_\(part)_dense"]
            for name in flag("use_bias", true) ? ["kernel", "bias"] : ["kernel"] {
                result.append(VariableSlot(name: "\(part)_\(name)", folders: folders))
            }
        }
        return result
    }
}
