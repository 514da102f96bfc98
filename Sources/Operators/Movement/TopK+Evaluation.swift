import Bytes
import GraphIR
import Tensors

extension TopK {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let values = try context.makeOutput(0, x.elementType, shape)
        let indices = try context.outputCount > 1 ? context.makeOutput(1, .i64, shape) : nil
        guard values.count > 0 else { return }
        let axis = try Axes.resolve(axis, rank: x.rank)
        try dispatch(
            x.elementType,
            Body(
                x: x, values: values, indices: indices, k: shape[axis], extent: x.shape[axis],
                inner: RowMajor.count(shape[(axis + 1)...]), largest: largest))
    }

    private struct Body: NumericBody {
        let x: Tensor, values: Tensor, indices: Tensor?, k: Int, extent: Int, inner: Int, largest: Bool

        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var result = values.mutableElements(T.self)
            var order = try [Int](budgeted: 0, count: extent)
            for row in 0..<values.count / k {
                let base = row / inner * extent * inner + row % inner
                for i in order.indices { order[i] = i }
                order.sort { a, b in
                    let left = source[base + a * inner]
                    let right = source[base + b * inner]
                    // NaN is larger than all.
                    if left != left || right != right {
                        if left != left && right != right { return a < b }
                        return (left != left) == largest
                    }
                    if left == right { return a < b }
                    return largest ? left > right : left < right
                }
                let target = row / inner * k * inner + row % inner
                for i in 0..<k {
                    result[target + i * inner] = source[base + order[i] * inner]
                    indices?.store(Int64(order[i]), at: target + i * inner)
                }
            }
        }
    }
}
