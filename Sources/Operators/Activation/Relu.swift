import Bytes
import GraphIR
import Tensors

/// `y = max(x, 0)`; also for integers.
public struct Relu: Operator {
    public init() {}
    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { .elementwise }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try context.sameAsFirst()
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try dispatch(x.elementType, Body(x: x, y: context.makeOutput(0, x.elementType, x.shape)))
    }

    private struct Body: NumericBody {
        let x: Tensor, y: Tensor
        func run<T: NumericElement>(_ type: T.Type) {
            let source = x.unsafeElements(T.self), destination = y.unsafeMutableElements(T.self)
            for i in 0 ..< source.count { destination[i] = source[i] < .zero ? .zero : source[i] }
        }
    }
}
