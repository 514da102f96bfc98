import Bytes
import GraphIR
import ImportSupport
import Tensors

/// A TensorFlow node about to be imported: its inputs are values of the portable graph already.
struct RuleNode {
    var name: String
    var operation: String
    var inputs: [ValueID]
    var attributes: NodeAttributes

    /// A required input.
    func input(_ index: Int) throws(OsteonError) -> ValueID {
        guard index < inputs.count else { throw OsteonError(.malformed, "Input \(index) is missing.") }
        return inputs[index]
    }
}

/// Imports one operation: adds operators to the builder's graph and returns the node's outputs in order.
///
/// An `.unsupported` error is collected with those of other nodes; any other ends the import.
typealias ImportRule = @Sendable (RuleNode, GraphBuilder) throws(OsteonError) -> [ValueID]

/// Every operation there is a rule for. A family of rules is one file; a rule is one line of its table.
package enum ImportRules {
    private static let all = FamilyTable<ImportRule>([
        ArithmeticRules.table, ComparisonRules.table, ActivationRules.table, ReductionRules.table, ConvolutionRules.table,
        PoolingRules.table, NormalizationRules.table, ShapeRules.table, MovementRules.table, SliceRules.table,
        LinearRules.table, ResizeRules.table, BlockRules.table, FusedRules.table, FormulaRules.table, CountingRules.table,
        ScatterRules.table, SegmentRules.table, MatrixRules.table, PatchRules.table, UnpoolingRules.table, SamplingRules.table,
        ScalingRules.table,
        QuantizationRules.table, DetectionRules.table, BlockCellRules.table, ColorRules.table, RearrangementRules.table,
    ])

    /// Operations that two families have a rule for.
    package static var duplicates: [String] { all.duplicates }

    static func rule(for operation: String) -> ImportRule? { all[operation] }

    /// The values a node has for constant inputs; nil where it has no rule or isn't constant itself.
    static func evaluate(_ node: GraphNode, _ inputs: [Tensor]) -> [Tensor]? {
        guard let rule = rule(for: node.operation) else { return nil }
        let builder = GraphBuilder()
        builder.scope = node.name
        let values = inputs.map { builder.graph.addConstant("input", $0) }
        let request = RuleNode(name: node.name, operation: node.operation, inputs: values, attributes: node.attributes)
        guard let outputs = try? rule(request, builder) else { return nil }
        let results = outputs.compactMap { builder.graph.constant($0) }
        return results.count == outputs.count ? results : nil
    }
}
