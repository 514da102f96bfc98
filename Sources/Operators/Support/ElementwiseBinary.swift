import Bytes
import GraphIR
import Tensors

/// An arithmetic operator on two broadcast operands of one type: `y = f(a, b)`.
package protocol ElementwiseBinary: Operator {
    func apply<T: NumericElement>(_ a: T, _ b: T) -> T
}

extension ElementwiseBinary {
    package static var signature: Signature { .binary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let (elementType, shape) = try inferOperands(context)
        guard elementType != .bool else { throw OsteonError(.invalidGraph, "There's no arithmetic on bool.") }
        return [TensorType(elementType, shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        try evaluateBroadcast(context)
    }

    func evaluateBroadcast(_ context: EvaluationContext) throws(OsteonError) {
        let (a, b) = try operands(context)
        let y = try context.makeOutput(0, a.elementType, try Broadcast.shape([a.shape, b.shape]))
        try dispatch(a.elementType, ArithmeticZip(a: a, b: b, y: y, op: self))
    }
}

private struct ArithmeticZip<Op: ElementwiseBinary>: NumericBody {
    let a: Tensor, b: Tensor, y: Tensor, op: Op

    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
        broadcastRows(a, b, y) { (a: T, b: T) in op.apply(a, b) }
    }
}

/// A bitwise operator on two broadcast integer operands of one type.
package protocol ElementwiseBitwise: Operator {
    func apply<T: IntegerElement>(_ a: T, _ b: T) -> T
}

extension ElementwiseBitwise {
    package static var signature: Signature { .binary }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let (elementType, shape) = try inferOperands(context)
        guard elementType.isInteger else {
            throw OsteonError(.invalidGraph, "The operands are of \(elementType.rawValue); they must be integers.")
        }
        return [TensorType(elementType, shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let (a, b) = try operands(context)
        let y = try context.makeOutput(0, a.elementType, try Broadcast.shape([a.shape, b.shape]))
        try dispatchInteger(a.elementType, BitwiseZip(a: a, b: b, y: y, op: self))
    }
}

private struct BitwiseZip<Op: ElementwiseBitwise>: IntegerBody {
    let a: Tensor, b: Tensor, y: Tensor, op: Op

    func run<T: IntegerElement>(_ type: T.Type) throws(OsteonError) {
        broadcastRows(a, b, y) { (a: T, b: T) in op.apply(a, b) }
    }
}

/// A comparison of two broadcast operands of one type; false sorts before true. The result is `bool`.
package protocol ElementwiseComparison: Operator {
    func apply<T: NumericElement>(_ a: T, _ b: T) -> Bool
}

extension ElementwiseComparison {
    package static var signature: Signature { .binary }
    package var traits: OperatorTraits { .elementwise }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(.bool, try inferOperands(context).shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let (a, b) = try operands(context)
        let y = try context.makeOutput(0, .bool, try Broadcast.shape([a.shape, b.shape]))
        let elementType = a.elementType == .bool ? .u8 : a.elementType
        try dispatch(elementType, ComparisonZip(a: a, b: b, y: y, op: self))
    }
}

private struct ComparisonZip<Op: ElementwiseComparison>: NumericBody {
    let a: Tensor, b: Tensor, y: Tensor, op: Op

    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
        broadcastRows(a, b, y) { (a: T, b: T) in op.apply(a, b) }
    }
}

/// A logical operator on two broadcast `bool` operands.
package protocol ElementwiseLogical: Operator {
    func apply(_ a: Bool, _ b: Bool) -> Bool
}

extension ElementwiseLogical {
    package static var signature: Signature { .binary }
    package var traits: OperatorTraits { [.elementwise, .commutative] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let (elementType, shape) = try inferOperands(context)
        guard elementType == .bool else {
            throw OsteonError(.invalidGraph, "The operands are of \(elementType.rawValue); they must be bool.")
        }
        return [TensorType(.bool, shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let (a, b) = try operands(context)
        try require(a.elementType == .bool, .invalidGraph, "The operands are of \(a.elementType.rawValue); they must be bool.")
        let y = try context.makeOutput(0, .bool, try Broadcast.shape([a.shape, b.shape]))
        broadcastRows(a, b, y) { (a: UInt8, b: UInt8) in apply(a != 0, b != 0) }
    }
}

extension Operator {
    /// The common element type and broadcast shape of the first two inputs.
    func inferOperands(_ context: InferenceContext) throws(OsteonError) -> (elementType: ElementType, shape: [Dimension]?) {
        let a = try context.input(0)
        let b = try context.input(1)
        guard a.elementType == b.elementType else {
            throw OsteonError(.invalidGraph, "The operands are \(a) and \(b); they must have one element type.")
        }
        return (a.elementType, try Broadcast.dimensions([a.shape, b.shape]))
    }

    /// The first two inputs, of one element type.
    func operands(_ context: EvaluationContext) throws(OsteonError) -> (Tensor, Tensor) {
        let a = try context.input(0)
        let b = try context.input(1)
        guard a.elementType == b.elementType else {
            throw OsteonError(.invalidGraph, "The operands are \(a.type) and \(b.type); they must have one element type.")
        }
        return (a, b)
    }
}

/// `y = f(a, b)` over operands that broadcast to the shape of `y`. `A`, `B` and `U` must be the Swift types of the
/// three tensors' elements.
func broadcastRows<A: BitwiseCopyable, B: BitwiseCopyable, U: BitwiseCopyable>(
    _ a: Tensor, _ b: Tensor, _ y: Tensor, _ f: (A, B) -> U
) {
    let left = a.elements(A.self)
    let right = b.elements(B.self)
    var result = y.mutableElements(U.self)
    if a.shape == b.shape {
        precondition(left.count == result.count && right.count == result.count)  // once, not for each element
        for i in result.indices { result[i] = f(left[i], right[i]) }
        return
    }
    let (shape, strides) = Broadcast.collapsed(
        y.shape, [Broadcast.strides(of: a.shape, in: y.shape), Broadcast.strides(of: b.shape, in: y.shape)])
    let width = shape.last ?? 1
    let stepA = strides[0].last ?? 0
    let stepB = strides[1].last ?? 0
    Broadcast.forEachRow(shape, strides) { (row, offsets) in
        let base = row * width
        let offsetA = offsets[0]
        let offsetB = offsets[1]
        precondition(base >= 0 && base + width <= result.count)  // once, not for each element
        switch (stepA, stepB) {
        case (1, 1):
            let (left, right) = (left.extracting(offsetA..<offsetA + width), right.extracting(offsetB..<offsetB + width))
            for i in left.indices { result[base + i] = f(left[i], right[i]) }
        case (1, 0):
            let (left, fixed) = (left.extracting(offsetA..<offsetA + width), right[offsetB])
            for i in left.indices { result[base + i] = f(left[i], fixed) }
        case (0, 1):
            let (fixed, right) = (left[offsetA], right.extracting(offsetB..<offsetB + width))
            for i in right.indices { result[base + i] = f(fixed, right[i]) }
        default:
            for i in 0..<width { result[base + i] = f(left[offsetA + i * stepA], right[offsetB + i * stepB]) }
        }
    }
}
