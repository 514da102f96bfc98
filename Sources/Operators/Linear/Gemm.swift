import Bytes
import GraphIR
import Tensors

/// `y = alpha · A · B + beta · c` for matrices, where `A` and `B` are `a` and `b`, transposed if said; `c` is broadcast.
///
/// Floats are summed in `Double`; for integers `alpha` and `beta` scale in `Double`, truncated.
package struct Gemm: Operator {
    package var alpha = 1.0
    package var beta = 1.0
    package var transposeA = false
    package var transposeB = false

    package init() {}
    package init(alpha: Double = 1, beta: Double = 1, transposeA: Bool = false, transposeB: Bool = false) {
        self.alpha = alpha
        self.beta = beta
        self.transposeA = transposeA
        self.transposeB = transposeB
    }

    package static var signature: Signature { Signature([.required("a"), .required("b"), .optional("c")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("alpha", &alpha)
        try visitor.visit("beta", &beta)
        try visitor.visit("transpose_a", &transposeA)
        try visitor.visit("transpose_b", &transposeB)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.requireOneType([0, 1, 2])
        for operand in [a, b] {
            guard operand.rank ?? 2 == 2 else { throw invalidGraph("Gemm needs matrices, not \(operand).") }
        }
        var left = a.shape ?? [.unknown, .unknown]
        var right = b.shape ?? [.unknown, .unknown]
        if transposeA { left.reverse() }
        if transposeB { right.reverse() }
        _ = try locating("the product of \(a) and \(b)") { () throws(OsteonError) in
            try Dimension.unified(left[1], right[0])
        }
        let shape = [left[0], right[1]]
        if let c = context.optionalInput(2)?.shape {
            let all = try Broadcast.dimensions([shape, c]) ?? []
            guard c.count <= 2, all.count == 2 else { throw invalidGraph("c has rank \(c.count), 2 at most fits.") }
            for (mine, common) in zip(shape, all) {
                if let mine = mine.fixed, let common = common.fixed, mine != common {
                    throw invalidGraph("c has extent \(common) where the product has \(mine).")
                }
            }
        }
        return [TensorType(a.elementType, shape)]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        guard let shape = inputs.first??.fixedShape, shape.count == 2, let count = outputs.first?.count else { return 0 }
        return (try? Checked.multiply(count, shape[transposeA ? 0 : 1])) ?? 0
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? {
        var result = LayerTraits(.product, weightAxis: transposeB ? 0 : 1)
        // Another addend than one number an output channel stays an addition of floats.
        if alpha == 1, beta == 1, !transposeA { result.biasInput = 2 } else { result.obstacle = "alpha, beta or a transposed input" }
        return result
    }

    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? {
        let unweighted = Gemm(alpha: alpha, transposeA: transposeA, transposeB: transposeB)
        let axis = transposeB ? 0 : 1
        return ChannelParameters(factor: .init(1, axis: axis), shiftWeight: beta, unweighted: unweighted)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let a = try context.input(0)
        let b = try context.input(1)
        let c = context.optionalInput(2)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, a.elementType, shape)
        let body = Body(
            a: a, b: b, c: c, y: y, inner: a.shape[transposeA ? 0 : 1],
            strideA: transposeA ? (1, a.shape[1]) : (a.shape[1], 1),
            strideB: transposeB ? (1, b.shape[1]) : (b.shape[1], 1),
            strideC: c.map { Broadcast.strides(of: $0.shape, in: shape) } ?? [0, 0], op: self)
        try dispatch(a.elementType, body)
    }

    private struct Body: NumericBody {
        let a: Tensor, b: Tensor, c: Tensor?, y: Tensor, inner: Int
        let strideA: (Int, Int), strideB: (Int, Int), strideC: [Int], op: Gemm

        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
            let left = a.elements(T.self)
            let right = b.elements(T.self)
            let addend = c ?? y  // read where there is one
            let added = addend.elements(T.self)
            var result = y.mutableElements(T.self)
            let columns = y.shape[1]
            guard !result.isEmpty else { return }
            var sums = try [Double](budgeted: 0, count: columns)
            for i in 0..<y.shape[0] {
                for j in sums.indices { sums[j] = 0 }
                for k in 0..<inner {
                    let factor = left[i * strideA.0 + k * strideA.1].asDouble
                    let line = k * strideB.0
                    for j in sums.indices { sums[j] += factor * right[line + j * strideB.1].asDouble }
                }
                for j in sums.indices {
                    let offset = c == nil ? 0 : op.beta * added[i * strideC[0] + j * strideC[1]].asDouble
                    result[i * columns + j] = T(clamping: op.alpha * sums[j] + offset)
                }
            }
        }
    }
}
