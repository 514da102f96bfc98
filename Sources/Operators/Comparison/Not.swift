import Bytes
import GraphIR
import Tensors

/// True where `x` is false.
public struct Not: Operator {
    public init() {}
    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { .elementwise }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType == .bool else { throw OsteonError(.invalidGraph, "The input is \(x); it must be bool.") }
        return [x]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try require(x.elementType == .bool, .invalidGraph, "The input is \(x.type); it must be bool.")
        let y = try context.makeOutput(0, .bool, x.shape)
        let source = x.unsafeElements(UInt8.self)
        let destination = y.unsafeMutableElements(UInt8.self)
        for i in 0..<source.count { destination[i] = source[i] == 0 ? 1 : 0 }
    }
}
