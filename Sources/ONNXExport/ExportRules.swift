import Operators

/// The rule for each operator; the families are in `Rules`.
package enum ExportRules {
    /// All rules by operator id.
    static let all: [String: ExportRule] = {
        var result: [String: ExportRule] = [:]
        for entry in families.joined() { result[entry.id] = entry.rule }
        return result
    }()

    private static let families: [[ExportEntry]] = [
        ActivationRules.table, ArithmeticRules.table, ComparisonRules.table, ReductionRules.table, NormalizationRules.table,
        QuantizationRules.table, ConvolutionRules.table, PoolingRules.table, LinearRules.table, MovementRules.table,
        IndexingRules.table, ShapeRules.table, ResamplingRules.table, RecurrentRules.table,
    ]

    /// Operators that no operator set of ONNX can express, and why.
    package static let notExpressible: [String: String] = [:]

    /// The ids of operators there's a rule for.
    package static var ids: Set<String> { Set(all.keys) }
}
