import Bytes
import GraphIR
import Tensors

/// True where `x` is not a number.
package struct IsNaN: Operator {
    package init() {}
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(.bool, try inferFloat(context).shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try dispatchFloat(x.elementType, Body(x: x, y: context.makeOutput(0, .bool, x.shape)))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor
        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(Bool.self)
            for i in 0..<source.count { destination[i] = source[i].isNaN }
        }
    }
}
