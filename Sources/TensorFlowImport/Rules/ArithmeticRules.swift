import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Arithmetic on elements.
enum ArithmeticRules {
    static let table: [String: ImportRule] = [
        "Abs": unary(Abs()), "Neg": unary(Negate()), "Sign": unary(Sign()), "Floor": unary(Floor()), "Ceil": unary(Ceil()),
        "Round": unary(Round()), "Rint": unary(Round()), "Exp": unary(Exp()), "Expm1": unary(ExpM1()), "Log": unary(Log()),
        "Log1p": unary(Log1P()), "Sqrt": unary(Sqrt()), "Reciprocal": unary(Reciprocal()), "Inv": unary(Reciprocal()),
        "Sin": unary(Sin()), "Cos": unary(Cos()), "Tan": unary(Tan()), "Asin": unary(Asin()), "Acos": unary(Acos()),
        "Atan": unary(Atan()), "Sinh": unary(Sinh()), "Cosh": unary(Cosh()), "Asinh": unary(Asinh()), "Acosh": unary(Acosh()),
        "Atanh": unary(Atanh()), "Erf": unary(Erf()), "Erfc": complementaryError, "Invert": unary(BitwiseNot()),
        "Add": binary(Add()), "AddV2": binary(Add()), "Sub": binary(Subtract()), "Mul": binary(Multiply()),
        "RealDiv": binary(Divide()), "Div": binary(Divide()), "TruncateDiv": truncatedQuotient,
        "FloorDiv": flooredQuotient, "FloorMod": binary(Modulo()), "Mod": binary(Modulo(truncated: true)),
        "TruncateMod": binary(Modulo(truncated: true)), "Maximum": binary(Maximum()), "Minimum": binary(Minimum()),
        "Pow": binary(Power()), "BitwiseAnd": binary(BitwiseAnd()), "BitwiseOr": binary(BitwiseOr()),
        "BitwiseXor": binary(BitwiseXor()),
        "Square": square, "SquaredDifference": squaredDifference, "Rsqrt": reciprocalRoot, "AddN": sum,
        "AccumulateNV2": sum, "DivNoNan": guarded(Divide()), "MulNoNan": guarded(Multiply()), "ClipByValue": clip,
    ]

    /// A rule for an operation that is one operator of one input.
    static func unary(_ op: any Operator) -> ImportRule {
        { (node, builder) throws(OsteonError) in [try builder.result(op, [node.input(0)])] }
    }

    /// A rule for an operation that is one operator of two inputs.
    static func binary(_ op: any Operator) -> ImportRule {
        { (node, builder) throws(OsteonError) in [try builder.result(op, [node.input(0), node.input(1)])] }
    }

    /// A quotient without its fraction; that of integers is one already.
    private static func truncatedQuotient(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        guard builder.graph.type(x).elementType.isFloat else { return [try builder.result(Divide(), [x, node.input(1)])] }
        let f = Formula(builder)
        let quotient = try f(Divide(), x, node.input(1))
        let isNegative = try f(Less(), quotient, f.number(0, like: x))
        return [try f.result(f(Where(), isNegative, f(Ceil(), quotient), f(Floor(), quotient)))]
    }

    /// TensorFlow rounds a quotient of 16 bits before it takes the whole number below.
    private static func flooredQuotient(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        let y = try node.input(1)
        guard builder.graph.type(x).elementType.isHalf else { return [try builder.result(FloorDivide(), [x, y])] }
        return [try builder.result(Floor(), [builder.step("quotient", Divide(), [x, y])])]
    }

    private static func square(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Multiply(), [node.input(0), node.input(0)])]
    }

    private static func squaredDifference(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let difference = try builder.step("difference", Subtract(), [node.input(0), node.input(1)])
        return [try builder.result(Multiply(), [difference, difference])]
    }

    private static func reciprocalRoot(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.result(Reciprocal(), [builder.step("root", Sqrt(), [node.input(0)])])]
    }

    private static func complementaryError(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        return [try builder.result(Subtract(), [builder.scalar(1, like: x, "one"), builder.step("erf", Erf(), [x])])]
    }

    private static func sum(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var total = try node.input(0)
        for (index, input) in node.inputs.enumerated().dropFirst() {
            let isLast = index == node.inputs.count - 1
            total = isLast ? try builder.result(Add(), [total, input]) : try builder.step("sum_\(index)", Add(), [total, input])
        }
        return [total]
    }

    /// `x / y` or `x · y` that is 0 wherever y is 0, even if x isn't finite.
    private static func guarded(_ op: any Operator) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let x = try node.input(0)
            let y = try node.input(1)
            let zero = try builder.scalar(0, like: x, "zero")
            let isZero = try builder.step("is_zero", Equal(), [y, zero])
            return [try builder.result(Where(), [isZero, zero, builder.step("value", op, [x, y])])]
        }
    }

    private static func clip(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        // Where the bounds cross, the lower one wins.
        let bounded = try builder.step("bounded", Minimum(), [node.input(0), node.input(2)])
        return [try builder.result(Maximum(), [bounded, node.input(1)])]
    }
}
