import Bytes
import GraphIR
import Operators
import Tensors

/// Products of matrices, and what's built of them.
enum LinearRules {
    static let table: [String: ImportRule] = [
        "MatMul": same(MatMul()),
        "Gemm": { (node) throws(OsteonError) in
            // Before version 7 it said whether C may be smaller; its axes are the last ones all the same.
            node.ignoreAttribute("broadcast")
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
        "Attention": { (node) throws(OsteonError) in
            var op = Attention()
            op.isCausal = try node.flag("is_causal")
            op.kvHeads = try node.integer("kv_num_heads", 0)
            op.qHeads = try node.integer("q_num_heads", 0)
            op.qkMatmulOutputMode = try node.integer("qk_matmul_output_mode", 0)
            op.scale = try node.number("scale")
            op.softcap = try node.number("softcap", 0)
            op.softmaxPrecision = try node.elementType("softmax_precision")
            return try node.finish(op, node.inputs)
        },
        "RotaryEmbedding": { (node) throws(OsteonError) in
            var op = RotaryEmbedding()
            op.heads = try node.integer("num_heads", 0)
            op.interleaved = try node.flag("interleaved")
            op.rotaryDimension = try node.integer("rotary_embedding_dim", 0)
            return try node.finish(op, node.inputs)
        },
    ]
}
