import Bytes
import GraphIR
import Tensors

/// An arithmetic operator on two broadcast operands of one type: `y = f(a, b)`.
public protocol ElementwiseBinary: Operator {
    func apply<T: NumericElement>(_ a: T, _ b: T) -> T
}

extension ElementwiseBinary {
    public static var signature: Signature { .binary }
    public var traits: OperatorTraits { .elementwise }

    public func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let a = try context.input(0), b = try context.input(1)
        guard a.elementType == b.elementType else {
            throw OsteonError(.invalidGraph, "The operands are \(a) and \(b); they must have one element type.")
        }
        return [TensorType(a.elementType, try Broadcast.dimensions([a.shape, b.shape]))]
    }

    public func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let a = try context.input(0), b = try context.input(1)
        let y = try context.makeOutput(0, a.elementType, try Broadcast.shape([a.shape, b.shape]))
        try dispatch(a.elementType, ZipBody(a: a, b: b, y: y, op: self))
    }
}

private struct ZipBody<Op: ElementwiseBinary>: NumericBody {
    let a: Tensor, b: Tensor, y: Tensor, op: Op

    func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) {
        try broadcastRows(a, b, y, T.self, T.self) { op.apply($0, $1) }
    }
}

/// `y = f(a, b)` over broadcast operands of element type `T`, results of type `U`.
func broadcastRows<T: BitwiseCopyable, U: BitwiseCopyable>(
    _ a: Tensor, _ b: Tensor, _ y: Tensor, _: T.Type, _: U.Type, _ f: (T, T) -> U
) throws(OsteonError) {
    let left = a.unsafeElements(T.self), right = b.unsafeElements(T.self), result = y.unsafeMutableElements(U.self)
    if a.shape == b.shape {
        for i in 0 ..< result.count { result[i] = f(left[i], right[i]) }
        return
    }
    let width = y.shape.last ?? 1
    let strides = [Broadcast.strides(of: a.shape, in: y.shape), Broadcast.strides(of: b.shape, in: y.shape)]
    let stepA = strides[0].last ?? 0, stepB = strides[1].last ?? 0
    try Broadcast.forEachRow(y.shape, strides) { (row, offsets) throws(OsteonError) in
        let base = row * width, offsetA = offsets[0], offsetB = offsets[1]
        for i in 0 ..< width { result[base + i] = f(left[offsetA + i * stepA], right[offsetB + i * stepB]) }
    }
}
