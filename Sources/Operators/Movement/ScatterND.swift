import Bytes
import GraphIR
import Tensors

/// `x` with slices replaced: each row along the last axis of `indices` names the first axes' places of one.
///
/// Negative indices count from the end; others outside their axis are an error. Updates apply in order.
package struct ScatterND: Operator {
    package var reduction = ScatterReduction.none

    package init() {}
    package init(reduction: ScatterReduction) {
        self.reduction = reduction
    }

    package static var signature: Signature { Signature([.required("x"), .required("indices"), .required("updates")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("reduction", &reduction)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let indices = try context.input(1)
        let updates = try context.input(2)
        try context.requireIntegers(1, "indices")
        try context.requireOneType([0, 2])
        guard let source = x.shape, let places = indices.shape, let last = places.last?.fixed else { return [x] }
        guard last <= source.count else { throw invalidGraph("Indices \(indices) don't fit \(x).") }
        let wanted = Array(places.dropLast()) + Array(source[last...])
        if let given = updates.shape {
            guard given.count == wanted.count else {
                throw invalidGraph("Updates \(updates) don't fit \(x) and \(indices).")
            }
            for (left, right) in zip(given, wanted) { _ = try Dimension.unified(left, right) }
        }
        return [x]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? {
        reduction == .none ? ElementSelection([0, 2]) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let indices = try context.input(1)
        let updates = try context.input(2)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        y.write(x.bytes)
        guard indices.rank > 0 else { throw invalidGraph("The indices must have an axis.") }
        guard updates.count > 0 else { return }
        let blocks = try BlockOffsets(indices.integers(), placesShape: indices.shape, in: x.shape, batch: 0)
        try Scatter(
            updates: updates, y: y, offsets: blocks.offsets, blockCount: blocks.blockCount, reduction: reduction
        ).run()
    }
}
