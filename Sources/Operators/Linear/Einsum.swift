import Bytes
import GraphIR
import Tensors

/// Einstein summation over any number of operands, as NumPy's `einsum`.
///
/// The equation names each operand's axes by letters, `...` stands for axes that are broadcast, a letter repeated in one
/// operand takes the diagonal, and letters missing from the output are summed. Without `->` the output is the
/// ellipsis and then, in alphabetical order, the letters that occur once.
package struct Einsum: Operator {
    package var equation = ""

    package init() {}
    package init(equation: String) { self.equation = equation }

    package static var signature: Signature { Signature([.variadic("operands")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("equation", &equation)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let first = try context.input(0)
        try context.requireOneType(Array(context.inputs.indices))
        let equation = try EinsumEquation(equation)
        guard equation.operands.count == context.inputs.count else {
            throw invalidGraph("The equation has \(equation.operands.count) operands, the node \(context.inputs.count).")
        }
        var shapes: [[Dimension]] = []
        for index in context.inputs.indices {
            guard let shape = try context.input(index).shape else {
                return [
                    TensorType(
                        first.elementType,
                        equation.outputRankWithoutEllipsis.map { [Dimension](repeating: .unknown, count: $0) })
                ]
            }
            shapes.append(shape)
        }
        let extents = try equation.extents(shapes)
        return [TensorType(first.elementType, equation.output(ellipsis: extents.ellipsis).map { extents.of[$0] ?? 1 })]
    }
}
