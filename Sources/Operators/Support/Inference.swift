import Bytes
import GraphIR
import Tensors

extension Operator {
    /// The type of the first input, which must be floating-point.
    func inferFloat(_ context: InferenceContext) throws(OsteonError) -> TensorType {
        let x = try context.input(0)
        guard x.elementType.isFloat else { throw OsteonError(.invalidGraph, "The input is \(x); it must be floating-point.") }
        return x
    }

    /// The type of a floating-point first input, once `axis` is known to lie inside it.
    func inferAlongAxis(_ context: InferenceContext, _ axis: Int) throws(OsteonError) -> [TensorType] {
        let x = try inferFloat(context)
        if let rank = x.rank { _ = try Axes.resolve(axis, rank: rank) }
        return [x]
    }
}
