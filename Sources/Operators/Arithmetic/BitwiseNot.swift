import Bytes
import GraphIR
import Tensors

/// `y = ~x` bit by bit, for integers.
package struct BitwiseNot: Operator {
    package init() {}
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType.isInteger else { throw OsteonError(.invalidGraph, "The input is \(x); it must be an integer.") }
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try dispatchInteger(x.elementType, Body(x: x, y: context.makeOutput(0, x.elementType, x.shape)))
    }

    private struct Body: IntegerBody {
        let x: Tensor, y: Tensor
        func run<T: IntegerElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            for i in 0..<source.count { destination[i] = ~source[i] }
        }
    }
}
