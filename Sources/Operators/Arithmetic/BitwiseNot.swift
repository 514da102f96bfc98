import Bytes
import GraphIR
import Tensors

/// `y = ~x` bit by bit, for integers.
public struct BitwiseNot: Operator {
    public init() {}
    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { .elementwise }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType.isInteger else { throw OsteonError(.invalidGraph, "The input is \(x); it must be an integer.") }
        return [x]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try dispatchInteger(x.elementType, Body(x: x, y: context.makeOutput(0, x.elementType, x.shape)))
    }

    private struct Body: IntegerBody {
        let x: Tensor, y: Tensor
        func run<T: IntegerElement>(_ type: T.Type) {
            let source = x.unsafeElements(T.self)
            let destination = y.unsafeMutableElements(T.self)
            for i in 0..<source.count { destination[i] = ~source[i] }
        }
    }
}
