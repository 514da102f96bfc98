import Bytes
import GraphIR
import Tensors

/// `x` where the `bool` condition holds, else `y`; the three are broadcast, `x` and `y` of any one type.
package struct Where: Operator {
    package init() {}
    package static var signature: Signature {
        Signature([.required("condition"), .required("x"), .required("y")], ["z"])
    }
    package var traits: OperatorTraits { [.elementwise, .movesBits] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let condition = try context.input(0)
        let x = try context.input(1)
        let y = try context.input(2)
        guard condition.elementType == .bool, x.elementType == y.elementType else {
            throw OsteonError(.invalidGraph, "The inputs are \(condition), \(x) and \(y); needed are bool and two of one type.")
        }
        return [TensorType(x.elementType, try Broadcast.dimensions([condition.shape, x.shape, y.shape]))]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([1, 2]) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let condition = try context.input(0)
        let x = try context.input(1)
        let y = try context.input(2)
        guard condition.elementType == .bool, x.elementType == y.elementType else {
            throw OsteonError(
                .invalidGraph, "The inputs are \(condition.type), \(x.type) and \(y.type); needed are bool and two of one type.")
        }
        let shape = try Broadcast.shape([condition.shape, x.shape, y.shape])
        try Self.choose(condition, x, y, into: context.makeOutput(0, x.elementType, shape))
    }

    /// Fills `z`, whose shape the three can be broadcast to.
    static func choose(_ condition: Tensor, _ x: Tensor, _ y: Tensor, into z: Tensor) throws(OsteonError) {
        try dispatchWidth(z.elementType, Body(condition: condition, x: x, y: y, z: z))
    }

    private struct Body: WidthBody {
        let condition: Tensor, x: Tensor, y: Tensor, z: Tensor

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            let choice = condition.elements(UInt8.self)
            let left = x.elements(T.self)
            let right = y.elements(T.self)
            var result = z.mutableElements(T.self)
            let (shape, strides) = Broadcast.collapsed(
                z.shape, [condition, x, y].map { Broadcast.strides(of: $0.shape, in: z.shape) })
            let width = shape.last ?? 1
            let steps = strides.map { $0.last ?? 0 }
            let (stepC, stepX, stepY) = (steps[0], steps[1], steps[2])
            Broadcast.forEachRow(shape, strides) { (row, offsets) in
                let base = row * width
                let (c, x, y) = (offsets[0], offsets[1], offsets[2])
                for i in 0..<width {
                    result[base + i] = choice[c + i * stepC] != 0 ? left[x + i * stepX] : right[y + i * stepY]
                }
            }
        }
    }
}
