import Bytes
import GraphIR
import Operators
import Tensors

/// Products of matrices, and what's built of them.
enum LinearRules {
    static let table: [ExportEntry] = [
        .same(MatMul.self, "MatMul"),
        ExportEntry(Gemm.self) { (node, op) throws(OsteonError) in
            try node.finish(
                "Gemm", node.inputs,
                [.float("alpha", op.alpha), .float("beta", op.beta), .flag("transA", op.transposeA), .flag("transB", op.transposeB)])
        },
        ExportEntry(Einsum.self) { (node, op) throws(OsteonError) in
            try node.finish("Einsum", node.inputs, [.text("equation", op.equation)])
        },
        ExportEntry(Attention.self) { (node, op) throws(OsteonError) in
            var attributes: [Attribute] = [.flag("is_causal", op.isCausal), .int("qk_matmul_output_mode", op.qkMatmulOutputMode)]
            if op.kvHeads != 0 { attributes.append(.int("kv_num_heads", op.kvHeads)) }
            if op.qHeads != 0 { attributes.append(.int("q_num_heads", op.qHeads)) }
            if let scale = op.scale { attributes.append(.float("scale", scale)) }
            if op.softcap != 0 { attributes.append(.float("softcap", op.softcap)) }
            if let type = op.softmaxPrecision { attributes.append(.type("softmax_precision", type)) }
            if node.optional(6) != nil { try node.require(opset: 24, for: "Attention with a length for each key") }
            try node.finish("Attention", node.inputs, attributes)
        },
        ExportEntry(RotaryEmbedding.self) { (node, op) throws(OsteonError) in
            var attributes: [Attribute] = [.flag("interleaved", op.interleaved), .int("rotary_embedding_dim", op.rotaryDimension)]
            if op.heads != 0 { attributes.append(.int("num_heads", op.heads)) }
            try node.finish(
                "RotaryEmbedding", [node.optional(0), node.optional(1), node.optional(2), try node.int64(3, "positions")], attributes)
        },
    ]
}
