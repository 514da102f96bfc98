import Bytes
import GraphIR
import Tensors

extension Einsum {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        var operands: [Tensor] = []
        for index in context.inputs.indices { operands.append(try context.input(index)) }
        let y = try context.makeOutput(0, try context.input(0).elementType, try outputShape(context))
        guard y.count > 0 else { return }
        let equation = try EinsumEquation(equation)
        let (extents, count) = try equation.extents(operands.map { $0.shape.map(Dimension.fixed) })
        let kept = equation.output(ellipsis: count)
        let summed = extents.keys.filter { !kept.contains($0) }.sorted { "\($0)" < "\($1)" }
        let counts = try equation.ellipsisCounts(operands.map(\.rank))
        // One stride an operand and loop axis; a repeated letter adds its strides up, a broadcast axis adds none.
        var outer: [[Int]] = []
        var inner: [[Int]] = []
        for (operand, tensor) in operands.enumerated() {
            var strides: [EinsumAxis: Int] = [:]
            let steps = RowMajor.strides(tensor.shape)
            for (position, axis) in equation.operands[operand].axes(ellipsis: counts[operand]).enumerated()
            where tensor.shape[position] != 1 {
                strides[axis, default: 0] += steps[position]
            }
            outer.append(kept.map { strides[$0] ?? 0 })
            inner.append(summed.map { strides[$0] ?? 0 })
        }
        let inside = summed.map { extents[$0]?.fixed ?? 1 }
        _ = try Checked.product(inside)
        try dispatch(
            y.elementType, Body(operands: operands, y: y, outer: outer, inner: inner, inside: inside))
    }

    private struct Body: NumericBody {
        let operands: [Tensor], y: Tensor, outer: [[Int]], inner: [[Int]], inside: [Int]

        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
            var result = y.mutableElements(T.self)
            let isFloat = y.elementType.isFloat
            try RowMajor.forEach(y.shape, strides: outer) { (position, bases) throws(OsteonError) in
                var sum = T.zero
                var precise = 0.0
                try RowMajor.forEach(inside, strides: inner, bases: bases) { (_, offsets) throws(OsteonError) in
                    if isFloat {
                        var term = 1.0
                        for (operand, offset) in zip(operands, offsets) { term *= operand.elements(T.self)[offset].asDouble }
                        precise += term
                    } else {
                        var term = T.one
                        for (operand, offset) in zip(operands, offsets) { term = T.multiplying(term, operand.elements(T.self)[offset]) }
                        sum = T.adding(sum, term)
                    }
                }
                result[position] = isFloat ? T(clamping: precise) : sum
            }
        }
    }
}
