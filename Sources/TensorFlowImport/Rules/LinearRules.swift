import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Products of matrices.
enum LinearRules {
    static let table: [String: ImportRule] = [
        "MatMul": matrixProduct, "BatchMatMul": batchProduct, "BatchMatMulV2": batchProduct, "BatchMatMulV3": batchProduct,
        "Einsum": einsum,
    ]

    /// The operator for a `MatMul` node's attributes.
    static func product(_ attributes: NodeAttributes) throws(OsteonError) -> any Operator {
        let transposesA = try attributes.bool("transpose_a", default: false)
        let transposesB = try attributes.bool("transpose_b", default: false)
        guard transposesA || transposesB else { return MatMul() }
        var op = Gemm()
        op.transposeA = transposesA
        op.transposeB = transposesB
        return op
    }

    private static func matrixProduct(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(product(node.attributes), [node.input(0), node.input(1)])]
    }

    private static func batchProduct(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let a = try swapped(node.input(0), node.attributes.bool("adj_x", default: false), builder)
        let b = try swapped(node.input(1), node.attributes.bool("adj_y", default: false), builder)
        return [try builder.result(MatMul(), [a, b])]
    }

    /// The value with its last two axes swapped where asked for.
    private static func swapped(_ value: ValueID, _ isWanted: Bool, _ builder: GraphBuilder) throws(OsteonError) -> ValueID {
        guard isWanted else { return value }
        guard let rank = builder.graph.type(value).rank, rank >= 2 else {
            throw OsteonError(.unsupported, "a matrix whose rank isn't known (`\(Parameter.input) NAME:SHAPE` gives the shape of an input)")
        }
        var permutation = Array(0..<rank)
        permutation.swapAt(rank - 1, rank - 2)
        return try builder.permuted(value, permutation)
    }

    private static func einsum(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var op = Einsum()
        op.equation = try node.attributes.string("equation", default: "")
        return [try builder.result(op, node.inputs)]
    }
}
