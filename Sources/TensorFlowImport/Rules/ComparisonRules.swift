import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Comparisons, logic and selection.
enum ComparisonRules {
    static let table: [String: ImportRule] = [
        "Equal": ArithmeticRules.binary(Equal()), "Greater": ArithmeticRules.binary(Greater()),
        "GreaterEqual": ArithmeticRules.binary(GreaterOrEqual()), "Less": ArithmeticRules.binary(Less()),
        "LessEqual": ArithmeticRules.binary(LessOrEqual()), "NotEqual": notEqual,
        "LogicalAnd": ArithmeticRules.binary(And()), "LogicalOr": ArithmeticRules.binary(Or()),
        "LogicalNot": ArithmeticRules.unary(Not()), "IsNan": ArithmeticRules.unary(IsNaN()),
        "IsInf": ArithmeticRules.unary(IsInf()), "IsFinite": isFinite,
        "Select": select, "SelectV2": selectBroadcast, "Where": coordinates,
    ]

    private static func notEqual(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Not(), [builder.step("equal", Equal(), [node.input(0), node.input(1)])])]
    }

    /// `x - x == 0` holds for finite numbers alone.
    private static func isFinite(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        let difference = try builder.step("difference", Subtract(), [x, x])
        return [try builder.result(Equal(), [difference, builder.scalar(0, like: x, "zero")])]
    }

    /// The first `Select`: a condition of rank 1 picks whole rows.
    private static func select(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let condition = try node.input(0)
        let x = try node.input(1)
        let y = try node.input(2)
        let ranks = (leading: builder.graph.type(condition).rank, all: builder.graph.type(x).rank ?? builder.graph.type(y).rank)
        if ranks.leading == 0 { return [try builder.result(Where(), [condition, x, y])] }
        guard let leading = ranks.leading, let all = ranks.all else { return [try builder.result(Select(), [condition, x, y])] }
        guard leading < all else { return [try builder.result(Where(), [condition, x, y])] }
        let rows = try builder.step("rows", Unsqueeze(), [condition, builder.integers(Array(leading..<all), "axes")])
        return [try builder.result(Where(), [rows, x, y])]
    }

    private static func selectBroadcast(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Where(), [node.input(0), node.input(1), node.input(2)])]
    }

    /// The places that aren't zero, a row each.
    private static func coordinates(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let columns = try builder.step("columns", NonZero(), [node.input(0)])
        return [try builder.result(Transpose(permutation: [1, 0]), [columns])]
    }
}
