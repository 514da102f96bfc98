import Bytes
import GraphIR
import Tensors

/// `y = min(max(x, minimum), maximum)` for any numeric type; a bound left out doesn't bound.
///
/// The bounds are scalars of `x`'s type. Where they cross, the maximum wins; NaN stays NaN.
package struct Clip: Operator {
    package init() {}
    package static var signature: Signature {
        Signature([.required("x"), .optional("minimum"), .optional("maximum")])
    }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        for index in 1...2 {
            guard let bound = context.optionalInput(index) else { continue }
            guard bound.elementType == x.elementType, (bound.count ?? 1) == 1 else {
                throw OsteonError(.invalidGraph, "A bound is \(bound); it must be a scalar of \(x.elementType.rawValue).")
            }
        }
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        for index in 1...2 {
            guard let bound = context.optionalInput(index) else { continue }
            guard bound.elementType == x.elementType, bound.count == 1 else {
                throw OsteonError(.invalidGraph, "A bound is \(bound.type); it must be a scalar of \(x.elementType.rawValue).")
            }
        }
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatch(x.elementType, Body(x: x, low: context.optionalInput(1), high: context.optionalInput(2), y: y))
    }

    private struct Body: NumericBody {
        let x: Tensor, low: Tensor?, high: Tensor?, y: Tensor

        func run<T: NumericElement>(_ type: T.Type) {
            let source = x.unsafeElements(T.self)
            let destination = y.unsafeMutableElements(T.self)
            let low = low.map { $0.unsafeElements(T.self)[0] } ?? T.lowest
            let high = high.map { $0.unsafeElements(T.self)[0] } ?? T.highest
            for i in 0..<source.count {
                let raised = source[i] < low ? low : source[i]
                destination[i] = raised > high ? high : raised
            }
        }
    }
}
