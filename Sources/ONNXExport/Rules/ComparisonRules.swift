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
        ExportEntry(Select.self) { (node, _) throws(OsteonError) in
            let condition = try node.input(0)
            let x = try node.input(1)
            let y = try node.input(2)
            let leading = try node.rank(condition)
            let added = try node.rank(x.rank == nil ? y : x) - leading
            guard leading > 0, added > 0 else { return try node.finish("Where", [condition, x, y]) }
            let rows = try node.apply(
                Unsqueeze(), [condition, node.constant(Array(leading..<leading + added), "axes")], role: "rows",
                result: TensorType(.bool, (condition.type.shape ?? []) + [Dimension](repeating: 1, count: added)))
            try node.finish("Where", [rows, x, y])
        },
    ]
}
