import Bytes
import GraphIR
import Operators
import Tensors

/// Recurrent layers. Layers whose batch comes first are written with transpositions around them: few programs read ONNX's
/// `layout` attribute.
enum RecurrentRules {
    static let table: [ExportEntry] = [
        ExportEntry(LSTM.self) { (node, op) throws(OsteonError) in
            try recurrent(node, "LSTM", op.settings, [.flag("input_forget", op.inputForget)])
        },
        ExportEntry(GRU.self) { (node, op) throws(OsteonError) in
            try recurrent(node, "GRU", op.settings, [.flag("linear_before_reset", op.linearBeforeReset)])
        },
        ExportEntry(RNN.self) { (node, op) throws(OsteonError) in try recurrent(node, "RNN", op.settings, []) },
    ]

    private static func recurrent(_ node: ExportNode, _ name: String, _ settings: RecurrentSettings, _ own: [Attribute]) throws(OsteonError)
    {
        guard let units = try node.input(2).type.shape?.last?.fixed else {
            throw OsteonError(.unsupported, "The number of units isn't known.")
        }
        var attributes: [Attribute] = [.text("direction", settings.direction.rawValue), .int("hidden_size", units)] + own
        if let clip = settings.clip { attributes.append(.float("clip", clip)) }
        attributes += try functions(settings.activations)
        var inputs = node.inputs
        if let lengths = node.optional(4), lengths.elementType != .i32 { inputs[4] = try node.cast(lengths, to: .i32, "lengths") }
        guard settings.batchFirst else { return try node.finish(name, inputs, attributes) }
        inputs[0] = try transposed(node, node.input(0), [1, 0, 2], "steps_first")
        for index in [5, 6] {
            if let state = node.optional(index) { inputs[index] = try transposed(node, state, [1, 0, 2], "initial_\(index)") }
        }
        var inner: [Operand?] = []
        for (index, output) in node.outputs.enumerated() {
            inner.append(
                output.map {
                    Operand(name: node.exporter.uniqueValueName("\($0.name).steps_first_\(index)"), type: TensorType($0.elementType, nil))
                })
        }
        try node.exporter.emit(name, inputs, inner.map { $0?.name ?? "" }, attributes, name: node.name)
        for (index, (from, to)) in zip(inner, node.outputs).enumerated() {
            guard let from, let to else { continue }
            let permutation = index == 0 ? [2, 0, 1, 3] : [1, 0, 2]
            try node.exporter.emit(
                "Transpose", [from], [to.name], [.ints("perm", permutation)], name: node.exporter.uniqueNodeName("\(node.name).batch_first")
            )
        }
    }

    private static func transposed(_ node: ExportNode, _ operand: Operand, _ permutation: [Int], _ role: String) throws(OsteonError)
        -> Operand
    {
        try node.emit("Transpose", [operand], [.ints("perm", permutation)], role: role)
    }

    /// ONNX's names, and whether they take an alpha and a beta.
    private static let names: [RecurrentActivation.Kind: (name: String, alpha: Bool, beta: Bool)] = [
        .relu: ("Relu", false, false), .tanh: ("Tanh", false, false), .sigmoid: ("Sigmoid", false, false), .affine: ("Affine", true, true),
        .leakyRelu: ("LeakyRelu", true, false), .thresholdedRelu: ("ThresholdedRelu", true, false), .scaledTanh: ("ScaledTanh", true, true),
        .hardSigmoid: ("HardSigmoid", true, true), .elu: ("Elu", true, false), .softsign: ("Softsign", false, false),
        .softplus: ("Softplus", false, false),
    ]

    private static func functions(_ functions: [RecurrentActivation]) throws(OsteonError) -> [Attribute] {
        if functions.isEmpty { return [] }
        var texts: [String] = []
        var alphas: [Double] = []
        var betas: [Double] = []
        for function in functions {
            // The identity is a line of slope 1.
            let function = function.kind == .none ? RecurrentActivation(.affine, alpha: 1) : function
            guard let known = names[function.kind] else {
                throw OsteonError(.unsupported, "ONNX's recurrent layers have no activation \(function.kind.rawValue).")
            }
            texts.append(known.name)
            if known.alpha { alphas.append(function.alpha) }
            if known.beta { betas.append(function.beta) }
        }
        var result: [Attribute] = [.texts("activations", texts)]
        if !alphas.isEmpty { result.append(.floats("activation_alpha", alphas)) }
        if !betas.isEmpty { result.append(.floats("activation_beta", betas)) }
        return result
    }
}
