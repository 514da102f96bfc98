import WireFormats

/// The rule for each ONNX operator; the families are in `Rules`.
enum RuleTable {
    /// The newest version of ONNX's operator set whose changes the rules know.
    static let newestVersion = 27
    /// The oldest; before it operators broadcast in another way.
    static let oldestVersion = 7
    /// Operators that mean the same before that version as well.
    static let neverChanged: Set<String> = [
        "Abs", "Ceil", "Concat", "Constant", "Conv", "ConvTranspose", "DepthToSpace", "Elu", "Exp", "Flatten", "Floor", "Gather",
        "GlobalAveragePool", "GlobalMaxPool", "Hardmax", "HardSigmoid", "Identity", "InstanceNormalization", "LRN", "LeakyRelu", "Log",
        "LogSoftmax", "MatMul", "MaxPool", "Neg", "Not", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
        "Relu", "Selu", "Shape", "Sigmoid", "Size", "Slice", "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Sqrt", "Squeeze", "Tanh",
        "Transpose", "Unsqueeze",
    ]

    /// The rule for a node of ONNX's own domain.
    static func rule(for node: Onnx_NodeProto) -> ImportRule? {
        node.domain.isEmpty || node.domain == "ai.onnx" ? all[node.opType] : nil
    }

    /// All rules by operator name.
    static let all: [String: ImportRule] = {
        var result: [String: ImportRule] = [:]
        for table in families { result.merge(table) { first, _ in first } }
        return result
    }()

    private static let families: [[String: ImportRule]] = [
        ElementwiseRules.table, ActivationRules.table, ConvolutionRules.table, PoolingRules.table, NormalizationRules.table,
        ReductionRules.table, MovementRules.table, IndexingRules.table, ShapeRules.table, LinearRules.table,
        ResamplingRules.table, QuantizationRules.table, ControlRules.table, LossRules.table,
        RecurrenceRules.table, WindowRules.table,
    ]
}
