import Bytes
import GraphIR
import Operators
import Tensors

/// Comparison, logic and choice.
enum ComparisonRules {
    static let table: [ExportEntry] = [
        .same(And.self, "And"), .same(Equal.self, "Equal"), .same(Greater.self, "Greater"), .same(GreaterOrEqual.self, "GreaterOrEqual"),
        .same(IsNaN.self, "IsNaN"), .same(Less.self, "Less"), .same(LessOrEqual.self, "LessOrEqual"), .same(Not.self, "Not"),
        .same(Or.self, "Or"), .same(Where.self, "Where"), .same(Xor.self, "Xor"),
        ExportEntry(IsInf.self) { (node, op) throws(OsteonError) in
            let attributes: [Attribute] = [.flag("detect_negative", op.detectNegative), .flag("detect_positive", op.detectPositive)]
            try node.finish("IsInf", node.inputs, attributes)
        },
    ]
}
