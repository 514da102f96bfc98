import Bytes
import GraphIR
import Tensors

/// An operator that maps each floating-point element by itself: `y[i] = f(x[i])`, same shape and type.
package protocol ElementwiseUnary: Operator {
    func apply<T: FloatElement>(_ x: T) -> T
}

extension ElementwiseUnary {
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [try inferFloat(context)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(x.elementType, FloatMap(x: x, y: y, op: self))
    }
}

private struct FloatMap<Op: ElementwiseUnary>: FloatBody {
    let x: Tensor, y: Tensor, op: Op

    func run<T: FloatElement>(_ type: T.Type) {
        let source = x.elements(T.self)
        var destination = y.mutableElements(T.self)
        precondition(source.count == destination.count)  // once, not for each element
        for i in source.indices { destination[i] = op.apply(source[i]) }
    }
}

/// An operator that maps each element of any numeric type by itself: `y[i] = f(x[i])`, same shape and type.
package protocol ElementwiseNumeric: Operator {
    func apply<T: NumericElement>(_ x: T) -> T
}

extension ElementwiseNumeric {
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType != .bool else { throw OsteonError(.invalidGraph, "The input is \(x); it must be numeric.") }
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatch(x.elementType, NumericMap(x: x, y: y, op: self))
    }
}

private struct NumericMap<Op: ElementwiseNumeric>: NumericBody {
    let x: Tensor, y: Tensor, op: Op

    func run<T: NumericElement>(_ type: T.Type) {
        let source = x.elements(T.self)
        var destination = y.mutableElements(T.self)
        precondition(source.count == destination.count)  // once, not for each element
        for i in source.indices { destination[i] = op.apply(source[i]) }
    }
}
