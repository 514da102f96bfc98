import Bytes
import GraphIR
import Tensors

/// True where `x` is not a number.
public struct IsNaN: Operator {
    public init() {}
    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { .elementwise }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(.bool, try inferFloat(context).shape)]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try dispatchFloat(x.elementType, Body(x: x, y: context.makeOutput(0, .bool, x.shape)))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor
        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.unsafeElements(T.self)
            let destination = y.unsafeMutableElements(Bool.self)
            for i in 0..<source.count { destination[i] = source[i].isNaN }
        }
    }
}
