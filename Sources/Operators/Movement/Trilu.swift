import Bytes
import GraphIR
import Tensors

/// The upper (or lower) triangle of the last two axes, zeros elsewhere.
///
/// `k` moves the diagonal, which belongs to both, to the right (or, where negative, the left); 0 where left out.
package struct Trilu: Operator {
    package var upper = true

    package init() {}
    package init(upper: Bool) {
        self.upper = upper
    }

    package static var signature: Signature { Signature([.required("x"), .optional("k")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("upper", &upper)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "k")
        guard x.rank ?? 2 >= 2 else { throw invalidGraph("Needs an input of rank 2 at least, not \(x).") }
        return [x]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([0], fill: .number(0)) }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? [Int](repeating: 0, count: count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let k = try context.integers(1)?.first ?? 0
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        try dispatchWidth(x.elementType, Body(x: x, y: y, diagonal: k, upper: upper))
    }

    private struct Body: WidthBody {
        let x: Tensor, y: Tensor, diagonal: Int, upper: Bool

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let columns = x.shape[x.rank - 1]
            let rows = x.shape[x.rank - 2]
            for i in result.indices {
                let offset = i % columns - i / columns % rows
                result[i] = (upper ? offset >= diagonal : offset <= diagonal) ? source[i] : 0
            }
        }
    }
}
