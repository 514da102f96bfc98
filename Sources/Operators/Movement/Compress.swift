import Bytes
import GraphIR
import Tensors

/// The places along `axis` whose condition is true; without an axis, of all elements as one list.
///
/// A condition shorter than the axis is false for the rest.
package struct Compress: Operator {
    package var axis: Int?

    package init() {}
    package init(axis: Int?) {
        self.axis = axis
    }

    package static var signature: Signature { Signature([.required("x"), .required("condition")]) }
    package var traits: OperatorTraits { [.movesBits, .valuesDecideExtents] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let condition = try context.input(1)
        guard condition.elementType == .bool else {
            throw invalidGraph("The condition must be bool, not \(condition.elementType.rawValue).")
        }
        guard condition.rank ?? 1 == 1 else { throw invalidGraph("The condition must be a list.") }
        let taken = try context.integers(1).map { Dimension.fixed($0.reduce(0, +)) } ?? .unknown
        guard let axis else { return [TensorType(x.elementType, [taken])] }
        guard var shape = x.shape else { return [TensorType(x.elementType, nil)] }
        shape[try Axes.resolve(axis, rank: shape.count)] = taken
        return [TensorType(x.elementType, shape)]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let condition = try context.input(1).integers()
        let shape = try outputShape(context)
        let list = try axis == nil ? x.reshaped([x.count]) : x
        let axis = try Axes.resolve(axis ?? 0, rank: list.rank)
        let places = condition.indices.filter { condition[$0] != 0 }
        _ = try Indices.resolve(places, extent: list.shape[axis])
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        let inner = RowMajor.count(list.shape[(axis + 1)...]) * x.elementType.byteCount
        let outer = RowMajor.count(list.shape[..<axis])
        let source = list.byteSpan
        var result = y.mutableBytes
        var position = 0
        for row in 0..<outer {
            for place in places {
                let start = (row * list.shape[axis] + place) * inner
                result.copy(source.extracting(start..<start + inner), to: position)
                position += inner
            }
        }
    }
}
