import Bytes
import WireFormats

/// The rule for each ONNX operator; the families are in `Rules`.
package enum RuleTable {
    /// The newest version of ONNX's operator set whose changes the rules know.
    static let newestVersion = 27

    /// The rule for a node of ONNX's own domain, or of ONNX Runtime's.
    static func rule(for node: Onnx_NodeProto) -> ImportRule? {
        if node.domain.isEmpty || node.domain == "ai.onnx" { return all[node.opType] }
        return node.domain == "com.microsoft" ? QLinearRules.table[node.opType] : nil
    }

    /// Operators that two families have a rule for.
    package static var duplicates: [String] { all.duplicates }

    /// All rules by operator name.
    private static let all = FamilyTable<ImportRule>([
        ElementwiseRules.table, ActivationRules.table, ConvolutionRules.table, PoolingRules.table, NormalizationRules.table,
        ReductionRules.table, MovementRules.table, IndexingRules.table, ShapeRules.table, LinearRules.table,
        ResamplingRules.table, QuantizationRules.table, ControlRules.table, LossRules.table,
        RecurrenceRules.table, WindowRules.table, LegacyRules.table,
    ])
}
