import Bytes
import Operators

/// The rule for each operator; the families are in `Rules`.
package enum ExportRules {
    /// All rules by operator id.
    static let all = FamilyTable<ExportRule>(families.joined().map { ($0.id, $0.rule) })

    private static let families: [[ExportEntry]] = [
        ActivationRules.table, ArithmeticRules.table, ComparisonRules.table, ReductionRules.table, NormalizationRules.table,
        QuantizationRules.table, ConvolutionRules.table, PoolingRules.table, LinearRules.table, MovementRules.table,
        IndexingRules.table, ShapeRules.table, ResamplingRules.table, RecurrentRules.table,
    ]

    /// Operators that no operator set of ONNX can express, and why.
    package static let notExpressible: [String: String] = [:]

    /// The ids of operators there's a rule for.
    package static var ids: Set<String> { Set(all.names) }

    /// Operators that two families have a rule for.
    package static var duplicates: [String] { all.duplicates }
}
