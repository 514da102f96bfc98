import Bytes
import GraphIR
import Tensors

/// `y = x` for `x ≥ 0`, else `slope · x`; `slope` is broadcast to the shape of `x`. Also for integers.
package struct PRelu: ElementwiseBinary, SimplifiableOperator {
    package init() {}
    package static var signature: Signature { Signature([.required("x"), .required("slope")]) }
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let slope = try context.input(1)
        let (_, shape) = try inferOperands(context)
        if let given = x.shape, let shape, shape.count > given.count {
            throw OsteonError(.invalidGraph, "The slope \(slope) can't be broadcast to \(x).")
        }
        return [x]
    }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func layer(_ context: InferenceContext) -> LayerTraits? { .activation }

    /// One slope for all.
    package func simplified(_ context: InferenceContext) throws(OsteonError) -> SimplerForm? {
        guard context.constant(0) == nil, let slope = context.constant(1), slope.elementType.isFloat, slope.count == 1 else { return nil }
        return try slope.doubles().first.map { SimplerForm(LeakyRelu(alpha: $0)) }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let slope = try context.input(1)
        guard try Broadcast.shape([x.shape, slope.shape]) == x.shape else {
            throw OsteonError(.invalidGraph, "The slope \(slope.type) can't be broadcast to \(x.type).")
        }
        try evaluateBroadcast(context)
    }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { a < .zero ? T.multiplying(a, b) : a }
}
