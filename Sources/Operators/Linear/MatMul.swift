import Bytes
import GraphIR
import Tensors

/// The matrix product over the last two axes, the others broadcast (NumPy's `matmul`).
///
/// A rank-1 `a` is one row, a rank-1 `b` one column; that axis is then dropped from the result. Floats are summed in
/// `Double`, integers wrap.
package struct MatMul: Operator {
    package init() {}
    package static var signature: Signature { .binary }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let a = try context.input(0)
        let b = try context.input(1)
        try context.requireOneType([0, 1])
        guard a.elementType != .bool else { throw invalidGraph("No matrix product of bools.") }
        guard var left = a.shape, var right = b.shape else { return [TensorType(a.elementType, nil)] }
        guard !left.isEmpty, !right.isEmpty else {
            throw invalidGraph("A matrix product needs operands of rank 1 at least.")
        }
        let dropsRow = left.count == 1
        let dropsColumn = right.count == 1
        if dropsRow { left.insert(1, at: 0) }
        if dropsColumn { right.append(1) }
        let inner = right[right.count - 2]
        _ = try locating("the product of \(a) and \(b)") { () throws(OsteonError) in
            try Dimension.unified(left[left.count - 1], inner)
        }
        var shape = try Broadcast.dimensions([Array(left.dropLast(2)), Array(right.dropLast(2))]) ?? []
        if !dropsRow { shape.append(left[left.count - 2]) }
        if !dropsColumn { shape.append(right[right.count - 1]) }
        return [TensorType(a.elementType, shape)]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        guard let inner = inputs.first??.fixedShape?.last, let count = outputs.first?.count else { return 0 }
        return (try? Checked.multiply(count, inner)) ?? 0
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? {
        LayerTraits(.product, weightAxis: max(0, (context.optionalInput(1)?.rank ?? 1) - 1), takesComputedWeights: true)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let a = try context.input(0)
        let b = try context.input(1)
        let y = try context.makeOutput(0, a.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        let left = a.rank == 1 ? [1] + a.shape : a.shape
        let right = b.rank == 1 ? b.shape + [1] : b.shape
        let product = MatrixProduct(
            rows: left[left.count - 2], inner: left[left.count - 1], columns: right[right.count - 1])
        let batchA = Array(left.dropLast(2))
        let batchB = Array(right.dropLast(2))
        let batch = try Broadcast.shape([batchA, batchB])
        let strides = [Broadcast.strides(of: batchA, in: batch), Broadcast.strides(of: batchB, in: batch)]
        try RowMajor.forEach(batch, strides: strides) { (position, offsets) throws(OsteonError) in
            try product.run(
                a, offset: offsets[0] * product.rows * product.inner, b,
                offset: offsets[1] * product.inner * product.columns,
                y, offset: position * product.rows * product.columns)
        }
    }
}
