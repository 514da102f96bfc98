import Bytes
import GraphIR
import Tensors

/// `x` where the `bool` condition holds, else `y`, as TensorFlow's first `Select` has it: `x` and `y` are of one shape, and
/// the axes of the condition are the first of theirs. A vector so picks whole rows, a scalar all or nothing.
///
/// For conditions and data whose ranks aren't known before the graph runs; where they are, `Where` says the same.
package struct Select: Operator {
    package init() {}
    package static var signature: Signature {
        Signature([.required("condition"), .required("x"), .required("y")], ["z"])
    }
    package var traits: OperatorTraits { .movesBits }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let condition = try context.input(0)
        let x = try context.input(1)
        let y = try context.input(2)
        guard condition.elementType == .bool, x.elementType == y.elementType else {
            throw invalidGraph("The inputs are \(condition), \(x) and \(y); needed are bool and two of one type.")
        }
        guard var shape = x.shape ?? y.shape else { return [TensorType(x.elementType, nil)] }
        if let other = x.shape == nil ? nil : y.shape {
            guard other.count == shape.count else { throw invalidGraph("The inputs \(x) and \(y) must have one shape.") }
            for axis in shape.indices { shape[axis] = try Dimension.unified(shape[axis], other[axis]) }
        }
        if let leading = condition.shape {
            guard leading.count <= shape.count else {
                throw invalidGraph("The condition \(condition) has more axes than what it chooses from, \(x).")
            }
            for axis in leading.indices { shape[axis] = try Dimension.unified(shape[axis], leading[axis]) }
        }
        return [TensorType(x.elementType, shape)]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([1, 2]) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let condition = try context.input(0)
        let x = try context.input(1)
        let y = try context.input(2)
        let shape = try outputShape(context)
        let rows = try condition.reshaped(condition.shape + [Int](repeating: 1, count: shape.count - condition.rank))
        try Where.choose(rows, x, y, into: context.makeOutput(0, x.elementType, shape))
    }
}
