import Bytes
import GraphIR
import Operators
import Tensors

/// A rule for an ONNX operator that means the same as one of Osteon's, input for input.
func same(_ op: any Operator) -> ImportRule {
    { (node) throws(OsteonError) in try node.finish(op, node.inputs) }
}

/// Arithmetic, comparison and logic, element by element.
enum ElementwiseRules {
    static let table: [String: ImportRule] = [
        "Abs": same(Abs()), "Neg": same(Negate()), "Sign": same(Sign()), "Exp": same(Exp()), "Log": same(Log()), "Sqrt": same(Sqrt()),
        "Reciprocal": same(Reciprocal()), "Sin": same(Sin()), "Cos": same(Cos()), "Tan": same(Tan()), "Asin": same(Asin()),
        "Acos": same(Acos()), "Atan": same(Atan()), "Sinh": same(Sinh()), "Cosh": same(Cosh()), "Tanh": same(Tanh()),
        "Asinh": same(Asinh()), "Acosh": same(Acosh()), "Atanh": same(Atanh()), "Erf": same(Erf()), "Ceil": same(Ceil()),
        "Floor": same(Floor()), "Round": same(Round()),
        "Add": LegacyRules.broadcasting(Add()), "Sub": LegacyRules.broadcasting(Subtract()), "Mul": LegacyRules.broadcasting(Multiply()),
        "Div": LegacyRules.broadcasting(Divide()), "Pow": LegacyRules.broadcasting(Power()),
        "Max": { (node) throws(OsteonError) in try node.chain(Maximum()) },
        "Min": { (node) throws(OsteonError) in try node.chain(Minimum()) },
        "Sum": { (node) throws(OsteonError) in try node.chain(Add()) },
        "Mean": mean, "Mod": modulo,
        "BitwiseAnd": same(BitwiseAnd()), "BitwiseOr": same(BitwiseOr()), "BitwiseXor": same(BitwiseXor()),
        "BitwiseNot": same(BitwiseNot()), "BitShift": bitShift, "CumSum": total(CumSum.self), "CumProd": total(CumProd.self),
        "Equal": LegacyRules.broadcasting(Equal()), "Greater": LegacyRules.broadcasting(Greater()),
        "GreaterOrEqual": same(GreaterOrEqual()),
        "Less": LegacyRules.broadcasting(Less()), "LessOrEqual": same(LessOrEqual()),
        "And": LegacyRules.broadcasting(And()), "Or": LegacyRules.broadcasting(Or()), "Xor": LegacyRules.broadcasting(Xor()),
        "Not": same(Not()),
        "IsNaN": same(IsNaN()), "IsInf": isInfinite, "Where": same(Where()),
    ]

    private static let mean: ImportRule = { (node) throws(OsteonError) in
        let values = try node.allInputs()
        guard values.count > 1 else { return try node.finish(Identity(), values) }
        var sum = values[0]
        for value in values.dropFirst() { sum = try node.add(Add(), [sum, value]) }
        let count = try node.scalar(Double(values.count), node.type(sum).elementType, "count")
        return try node.finish(Divide(), [sum, count])
    }

    private static let modulo: ImportRule = { (node) throws(OsteonError) in
        var op = Modulo()
        op.truncated = try node.flag("fmod")
        return try node.finish(op, node.inputs)
    }

    private static let bitShift: ImportRule = { (node) throws(OsteonError) in
        var op = BitShift()
        op.direction = try node.choice("direction", "", ["LEFT": .left, "RIGHT": .right])
        return try node.finish(op, node.inputs)
    }

    private static func total<Op: RunningTotal>(_: Op.Type) -> ImportRule {
        { (node) throws(OsteonError) in
            try node.finish(Op(exclusive: node.flag("exclusive"), reverse: node.flag("reverse")), node.inputs)
        }
    }

    private static let isInfinite: ImportRule = { (node) throws(OsteonError) in
        var op = IsInf()
        op.detectNegative = try node.flag("detect_negative", true)
        op.detectPositive = try node.flag("detect_positive", true)
        return try node.finish(op, node.inputs)
    }
}
