import Bytes
import GraphIR
import Operators
import Tensors

/// Products of matrices.
enum LinearRules {
    static let table: [String: ImportRule] = [
        "MatMul": same(MatMul()),
        "Gemm": { (node) throws(OsteonError) in
            var op = Gemm()
            op.alpha = try node.number("alpha", 1)
            op.beta = try node.number("beta", 1)
            op.transposeA = try node.flag("transA")
            op.transposeB = try node.flag("transB")
            return try node.finish(op, node.inputs)
        },
        "Einsum": { (node) throws(OsteonError) in
            var op = Einsum()
            guard let equation = try node.text("equation") else { throw OsteonError(.malformed, "Attribute equation is missing.") }
            op.equation = equation
            return try node.finish(op, node.inputs)
        },
    ]
}
