import Bytes
import GraphIR
import Tensors

/// The number of elements of the input, as one `i64`.
public struct Size: Operator {
    public init() {}
    public static var signature: Signature { .unary }
    public var traits: OperatorTraits { .movesBits }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        _ = try context.input(0)
        return [TensorType(.i64, [])]
    }

    public func evaluateFromTypes(_ context: InferenceContext) throws(OsteonError) -> [Tensor]? {
        guard let count = try context.input(0).count else { return nil }
        return [try Tensor(scalar: Int64(count))]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let count = try context.input(0).count
        try context.makeOutput(0, .i64, []).unsafeMutableElements(Int64.self)[0] = Int64(count)
    }
}
