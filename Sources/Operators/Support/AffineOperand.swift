import Bytes
import Tensors

/// A scale or bias broadcast to the lines of `x` (an axis and all behind it), as doubles: one line where it's the
/// same for all lines, else all of them.
struct AffineOperand {
    private let values: [Double]
    private let width: Int

    /// - Throws: `.invalidGraph` where `operand` can't be broadcast to `x`.
    init(_ operand: Tensor, x: Tensor, axis: Int) throws(OsteonError) {
        guard try Broadcast.shape([operand.shape, x.shape]) == x.shape else {
            throw OsteonError(.invalidGraph, "An input of shape \(operand.shape) can't be broadcast to \(x.shape).")
        }
        width = RowMajor.count(x.shape[axis...])
        let given = try operand.doubles()
        let leading = operand.shape.dropLast(x.rank - axis)
        let target = leading.allSatisfy { $0 == 1 } ? Array(x.shape[axis...]) : x.shape
        let shape = Array(operand.shape.suffix(target.count))
        guard shape != target else {
            values = given
            return
        }
        let (collapsed, strides) = Broadcast.collapsed(target, [Broadcast.strides(of: shape, in: target)])
        let columns = collapsed.last ?? 1
        let step = strides[0].last ?? 0
        var expanded: [Double] = []
        try expanded.reserveBudgeted(RowMajor.count(target))
        Broadcast.forEachRow(collapsed, strides) { (_, offsets) in
            for i in 0..<columns { expanded.append(given[offsets[0] + i * step]) }
        }
        values = expanded
    }

    private func start(_ row: Int) -> Int { values.count == width ? 0 : row * width }

    /// `y = (x − mean) · deviation · self + bias` for one line, which begins at `line` in both.
    @_lifetime(y: copy y)
    func apply<T: FloatElement>(
        _ x: Span<T>, _ y: inout MutableSpan<T>, line: Int, row: Int, mean: Double, deviation: Double, bias: AffineOperand? = nil
    ) {
        let first = start(row)
        guard let bias else {
            for i in 0..<width { y[line + i] = T((Double(x[line + i]) - mean) * deviation * values[first + i]) }
            return
        }
        let shift = bias.start(row)
        for i in 0..<width {
            y[line + i] = T((Double(x[line + i]) - mean) * deviation * values[first + i] + bias.values[shift + i])
        }
    }
}
