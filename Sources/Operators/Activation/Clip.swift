import Bytes
import GraphIR
import Tensors

/// `y = min(max(x, minimum), maximum)` for any numeric type; a bound left out doesn't bound.
///
/// The bounds are scalars of `x`'s type. Where they cross, the maximum wins; NaN stays NaN.
package struct Clip: FusableActivation, SimplifiableOperator {
    package init() {}
    package static var signature: Signature {
        Signature([.required("x"), .optional("minimum"), .optional("maximum")])
    }
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }

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

    /// The bounds go with what they bound.
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { (0...2).filter { context.has($0) } }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        context.has(1) || context.has(2) ? nil : UnchangedInput("there are no bounds")
    }

    /// Bounded by 0 from below alone.
    package func simplified(_ context: InferenceContext) throws(OsteonError) -> SimplerForm? {
        guard let low = context.constant(1), low.count == 1, try low.doubles().first == 0 else { return nil }
        if context.has(2) {
            guard let high = context.constant(2), high.count == 1, try high.doubles().first == .infinity else { return nil }
        }
        return SimplerForm(Relu())
    }

    /// Between constant bounds that don't cross.
    package func fused(_ context: InferenceContext) throws(OsteonError) -> FusedActivation? {
        var bounds = [-Double.infinity, Double.infinity]
        for index in 1...2 where context.has(index) {
            guard let bound = context.constant(index), bound.count == 1, let value = try bound.doubles().first else { return nil }
            bounds[index - 1] = value
        }
        return bounds[0] <= bounds[1] ? .clip(from: bounds[0], to: bounds[1]) : nil
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
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            let low = low.map { $0.elements(T.self)[0] } ?? T.lowest
            let high = high.map { $0.elements(T.self)[0] } ?? T.highest
            for i in 0..<source.count {
                let raised = source[i] < low ? low : source[i]
                destination[i] = raised > high ? high : raised
            }
        }
    }
}
