import Bytes
import Glibc
import GraphIR
import Tensors

extension Attention {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let q = try context.input(0)
        let k = try context.input(1)
        let v = try context.input(2)
        let inference = InferenceContext(inputs: context.inputs.map { $0?.type }, outputCount: 4)
        var shapes: [[Int]] = []
        for type in try inferTypes(inference) { shapes.append(type.fixedShape ?? []) }
        let keys = try joined(context.optionalInput(4), k, shapes[1], heads: kvHeads)
        let values = try joined(context.optionalInput(5), v, shapes[2], heads: kvHeads)
        let queries = try Self.headed(q.converted(to: .f64), heads: qHeads)
        guard keys.shape == shapes[1], values.shape == shapes[2], shapes[0].count > 0 else {
            throw invalidGraph("Past keys and values don't fit the present ones.")
        }
        let past = k.rank == 4 ? keys.shape[2] - k.shape[2] : keys.shape[2] - k.shape[1]
        let bias = try self.bias(context, scores: shapes[3], past: past)
        let scores = try Tensor(zeros: .f64, shapes[3])
        let shown = try Tensor(zeros: .f64, shapes[3])
        let result = try Tensor(zeros: .f64, [queries.shape[0], queries.shape[1], queries.shape[2], values.shape[3]])
        if result.count > 0 || scores.count > 0 {
            attend(queries, keys, values, bias, scores, shown, result)
        }
        let y = try q.rank == 4 ? result : Self.unheaded(result)
        context.setOutput(0, try y.converted(to: q.elementType))
        if context.outputCount > 1 { context.setOutput(1, try keys.converted(to: k.elementType)) }
        if context.outputCount > 2 { context.setOutput(2, try values.converted(to: v.elementType)) }
        if context.outputCount > 3 { context.setOutput(3, try shown.converted(to: q.elementType)) }
    }

    /// Batch × heads × places × size in `f64`, whichever rank the operand has.
    private static func headed(_ x: Tensor, heads: Int) throws(OsteonError) -> Tensor {
        guard x.rank == 3 else { return x }
        let size = x.shape[2] / heads
        let y = try Tensor(uninitialized: .f64, [x.shape[0], heads, x.shape[1], size])
        try StridedCopy(from: x, strides: [x.shape[1] * x.shape[2], size, x.shape[2], 1], to: y).run()
        return y
    }

    private static func unheaded(_ x: Tensor) throws(OsteonError) -> Tensor {
        let (heads, places, size) = (x.shape[1], x.shape[2], x.shape[3])
        let y = try Tensor(uninitialized: .f64, [x.shape[0], places, heads, size])
        try StridedCopy(from: x, strides: [heads * places * size, size, places * size, 1], to: y).run()
        return try y.reshaped([x.shape[0], places, heads * size])
    }

    /// The cache with the present keys or values behind it.
    private func joined(_ past: Tensor?, _ present: Tensor, _ shape: [Int], heads: Int) throws(OsteonError) -> Tensor {
        let now = try Self.headed(present.converted(to: .f64), heads: heads)
        guard let past else { return now }
        let context = EvaluationContext(inputs: [try past.converted(to: .f64), now], outputCount: 1)
        try Concat(axis: 2).evaluate(context)
        return context.outputs[0] ?? now
    }

    /// What's added to each score, −∞ for what doesn't count.
    private func bias(_ context: EvaluationContext, scores: [Int], past: Int) throws(OsteonError) -> Tensor {
        let result = try Tensor(zeros: .f64, scores)
        guard result.count > 0 else { return result }
        var elements = result.mutableElements(Double.self)
        let total = scores[3]
        let rows = scores[2]
        if let mask = context.optionalInput(3) {
            guard mask.rank >= 1, let width = mask.shape.last, width <= total else {
                throw invalidGraph("A mask of \(mask.type).")
            }
            var target = scores
            target[3] = width
            guard try Broadcast.shape([mask.shape, target]) == target else {
                throw invalidGraph("A mask of shape \(mask.shape) on scores of shape \(scores).")
            }
            let isBool = mask.elementType == .bool
            let numbers = try mask.doubles()
            try RowMajor.forEach(
                Array(scores.dropLast()), strides: [Array(Broadcast.strides(of: mask.shape, in: target).dropLast())]
            ) { (row, offsets) throws(OsteonError) in
                for j in 0..<total {
                    let number = j < width ? numbers[offsets[0] + j] : isBool ? 0 : -.infinity
                    elements[row * total + j] = isBool ? (number == 0 ? -.infinity : 0) : number
                }
            }
        }
        let lengths = try context.integers(6)
        if let lengths, lengths.count != scores[0] {
            throw invalidGraph("\(lengths.count) key lengths for \(scores[0]) batches.")
        }
        for i in elements.indices {
            let key = i % total
            let query = i / total % rows
            let batch = i / (total * rows * scores[1])
            if isCausal, key > query + past { elements[i] = -.infinity }
            if let lengths, key >= lengths[batch] { elements[i] = -.infinity }
        }
        return result
    }

    private func attend(
        _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ bias: Tensor, _ scores: Tensor, _ shown: Tensor,
        _ result: Tensor
    ) {
        let q = queries.elements(Double.self)
        let k = keys.elements(Double.self)
        let v = values.elements(Double.self)
        let b = bias.elements(Double.self)
        var s = scores.mutableElements(Double.self)
        var out = shown.mutableElements(Double.self)
        var y = result.mutableElements(Double.self)
        let heads = queries.shape[1]
        let rows = queries.shape[2]
        let size = queries.shape[3]
        let keyHeads = keys.shape[1]
        let total = keys.shape[2]
        let width = values.shape[3]
        let factor = scale ?? 1 / Double(max(size, 1)).squareRoot()
        for row in 0..<queries.shape[0] * heads * rows {
            let head = row / rows % heads
            let batch = row / (rows * heads)
            let shared = batch * keyHeads + head / (heads / keyHeads)
            let line = row * total
            var highest = -Double.infinity
            for j in 0..<total {
                var score = 0.0
                for i in 0..<size { score += q[row * size + i] * k[(shared * total + j) * size + i] }
                score *= factor
                if qkMatmulOutputMode == 0 { out[line + j] = score }
                if softcap > 0 { score = softcap * tanh(score / softcap) }
                if qkMatmulOutputMode == 1 { out[line + j] = score }
                score += b[line + j]
                if qkMatmulOutputMode == 2 { out[line + j] = score }
                s[line + j] = score
                highest = max(highest, score)
            }
            var sum = 0.0
            for j in 0..<total {
                s[line + j] = exp(s[line + j] - highest)
                sum += s[line + j]
            }
            for j in 0..<total {
                s[line + j] /= sum
                if qkMatmulOutputMode == 3 { out[line + j] = s[line + j] }
                for i in 0..<width { y[row * width + i] += s[line + j] * v[(shared * total + j) * width + i] }
            }
        }
    }
}
