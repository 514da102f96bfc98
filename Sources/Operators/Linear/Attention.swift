import Bytes
import GraphIR
import Tensors

/// Scaled dot-product attention, `softmax(scale · q · kᵀ + mask) · v`, with a key and value cache (ONNX `Attention`).
///
/// `q`, `k` and `v` are batch × heads × places × size, or batch × places × heads · size with `qHeads` and `kvHeads` told; fewer
/// key than query heads are shared by neighbours. Past keys and values go in front. A `mask` is added, or, where
/// bool, says what counts; it's broadcast, and what it lacks at the end doesn't count. `key_lengths` says how many keys
/// of each batch count. The fourth output is the scores: raw, after the cap, after the mask, or after softmax.
package struct Attention: Operator {
    /// Whether a place sees no later ones.
    package var isCausal = false
    /// Heads of keys and values; only for inputs of rank 3.
    package var kvHeads = 0
    /// Heads of queries; only for inputs of rank 3.
    package var qHeads = 0
    /// What the fourth output holds: 0 the raw scores, 1 after the cap, 2 after the mask, 3 after softmax.
    package var qkMatmulOutputMode = 0
    /// nil for 1 / √size.
    package var scale: Double?
    /// Scores become `softcap · tanh(score / softcap)`; 0 for none.
    package var softcap = 0.0
    /// Kept for the round trip: softmax is always computed in `f64`.
    package var softmaxPrecision: ElementType?

    package init() {}
    package init(
        isCausal: Bool, kvHeads: Int = 0, qHeads: Int = 0, qkMatmulOutputMode: Int = 0, scale: Double? = nil,
        softcap: Double = 0, softmaxPrecision: ElementType? = nil
    ) {
        self.isCausal = isCausal
        self.kvHeads = kvHeads
        self.qHeads = qHeads
        self.qkMatmulOutputMode = qkMatmulOutputMode
        self.scale = scale
        self.softcap = softcap
        self.softmaxPrecision = softmaxPrecision
    }

    package static var signature: Signature {
        Signature(
            [
                .required("q"), .required("k"), .required("v"), .optional("mask"), .optional("past_key"),
                .optional("past_value"), .optional("key_lengths"),
            ], ["y", "present_key", "present_value", "qk"])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("is_causal", &isCausal)
        try visitor.visit("kv_heads", &kvHeads)
        try visitor.visit("q_heads", &qHeads)
        try visitor.visit("qk_matmul_output_mode", &qkMatmulOutputMode)
        try visitor.visit("scale", &scale)
        try visitor.visit("softcap", &softcap)
        try visitor.visit("softmax_precision", &softmaxPrecision)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let q = try context.floatInput(0)
        let k = try context.floatInput(1)
        let v = try context.floatInput(2)
        guard (0...3).contains(qkMatmulOutputMode) else {
            throw invalidGraph("Output mode \(qkMatmulOutputMode) isn't 0 to 3.")
        }
        guard let rank = q.rank else {
            return [q, TensorType(k.elementType, nil), TensorType(v.elementType, nil), TensorType(q.elementType, nil)]
        }
        guard rank == 3 || rank == 4, k.rank ?? rank == rank, v.rank ?? rank == rank else {
            throw invalidGraph("Queries, keys and values must be of rank 3 or 4 alike, not \(q), \(k) and \(v).")
        }
        let queries = try heads(q.shape, count: qHeads)
        let keys = try heads(k.shape, count: kvHeads)
        let values = try heads(v.shape, count: kvHeads)
        _ = try Dimension.unified(queries[3], keys[3])
        for axis in 0..<3 { _ = try Dimension.unified(keys[axis], values[axis]) }
        _ = try Dimension.unified(queries[0], keys[0])
        if let many = queries[1].fixed, let few = keys[1].fixed, few < 1 || many % few != 0 {
            throw invalidGraph("\(many) query heads can't share \(few) key heads.")
        }
        var total = keys[2]
        if context.has(4) {
            guard context.has(5) else { throw invalidGraph("Past keys without past values.") }
            let past = context.optionalInput(4)?.shape
            guard past?.count ?? 4 == 4, context.optionalInput(5)?.rank ?? 4 == 4 else {
                throw invalidGraph("Past keys and values must be of rank 4.")
            }
            let before = past?[2] ?? .unknown
            total = .unknown
            if let a = before.fixed, let b = keys[2].fixed { total = .fixed(try Checked.add(a, b)) }
        }
        var y: [Dimension] = [queries[0], queries[1], queries[2], values[3]]
        if rank == 3 { y = [queries[0], queries[2], try Dimension.product([queries[1], values[3]])] }
        return [
            TensorType(q.elementType, y), TensorType(k.elementType, [keys[0], keys[1], total, keys[3]]),
            TensorType(v.elementType, [values[0], values[1], total, values[3]]),
            TensorType(q.elementType, [queries[0], queries[1], queries[2], total]),
        ]
    }

    /// Batch, heads, places and size of an operand of either rank.
    private func heads(_ shape: [Dimension]?, count: Int) throws(OsteonError) -> [Dimension] {
        guard let shape else { return [Dimension](repeating: .unknown, count: 4) }
        if shape.count == 4 { return shape }
        guard count >= 1 else { throw invalidGraph("Inputs of rank 3 need the number of heads.") }
        var size = Dimension.unknown
        if let extent = shape[2].fixed {
            guard extent % count == 0 else { throw invalidGraph("\(extent) can't be split into \(count) heads.") }
            size = .fixed(extent / count)
        }
        return [shape[0], .fixed(count), shape[1], size]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        guard inputs.count > 2, let q = inputs[0]?.count, let k = inputs[1]?.fixedShape else { return 0 }
        let places = k.count == 4 ? k[2] : k.count == 3 ? k[1] : 0
        return (try? Checked.multiply(2, Checked.multiply(q, places))) ?? 0
    }
}
