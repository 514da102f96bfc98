import Bytes
import GraphIR
import Tensors

/// `y = aᵇ`, broadcast. `b` may be of another numeric type; the result has the type of `a`.
///
/// Integers to an integer power wrap, and a negative power of them truncates (so it's 0 but for ±1); integers to a
/// floating-point power are computed in `f64`, truncated and clamped.
package struct Power: Operator {
    package init() {}
    package static var signature: Signature { .binary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let a = try context.input(0)
        let b = try context.input(1)
        guard a.elementType != .bool, b.elementType != .bool else {
            throw OsteonError(.invalidGraph, "The operands are \(a) and \(b); they must be numeric.")
        }
        return [TensorType(a.elementType, try Broadcast.dimensions([a.shape, b.shape]))]
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try neutralOperand(context) { (value, _) in value == 1 }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let a = try context.input(0)
        let b = try context.input(1)
        let shape = try Broadcast.shape([a.shape, b.shape])
        let y = try context.makeOutput(0, a.elementType, shape)
        if a.elementType.isFloat {
            let body = FloatPower(a: a, b: try b.converted(to: a.elementType), y: y)
            try dispatchFloat(a.elementType, body)
        } else if b.elementType.isInteger {
            let body = IntegerPower(a: a, b: try b.converted(to: .i64), y: y)
            try dispatchInteger(a.elementType, body)
        } else {
            let exact = try Tensor(uninitialized: .f64, shape)
            let body = FloatPower(a: try a.converted(to: .f64), b: try b.converted(to: .f64), y: exact)
            body.run(Double.self)
            let result = try exact.converted(to: a.elementType)
            y.write(result.bytes)
        }
    }

    private struct FloatPower: FloatBody {
        let a: Tensor, b: Tensor, y: Tensor

        func run<T: FloatElement>(_ type: T.Type) {
            if b.count == 1, b.rank <= a.rank, b.elements(T.self)[0] == 2 {
                let source = a.elements(T.self)
                var destination = y.mutableElements(T.self)
                for i in 0..<source.count { destination[i] = source[i] * source[i] }
                return
            }
            broadcastRows(a, b, y) { (a: T, b: T) in T.pow(a, b) }
        }
    }

    private struct IntegerPower: IntegerBody {
        let a: Tensor, b: Tensor, y: Tensor

        func run<T: IntegerElement>(_ type: T.Type) {
            broadcastRows(a, b, y) { (a: T, b: Int64) in power(a, b) }
        }
    }
}

private func power<T: IntegerElement>(_ base: T, _ exponent: Int64) -> T {
    if exponent < 0 {
        if base == 1 { return 1 }
        if T.isSigned, base == T.zero &- 1 { return exponent & 1 == 0 ? 1 : base }
        return 0
    }
    var result: T = 1
    var square = base
    var remaining = exponent
    while remaining > 0 {
        if remaining & 1 == 1 { result = result &* square }
        square = square &* square
        remaining >>= 1
    }
    return result
}
