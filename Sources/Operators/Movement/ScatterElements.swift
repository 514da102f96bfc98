import Bytes
import GraphIR
import Tensors

/// `x` with single elements replaced: each of `updates` goes to its own place but for `axis`, where the index says.
///
/// Negative indices count from the end; others outside the axis are an error. Updates apply in order.
package struct ScatterElements: Operator {
    package var axis = 0
    package var reduction = ScatterReduction.none

    package init() {}
    package init(axis: Int, reduction: ScatterReduction = .none) {
        self.axis = axis
        self.reduction = reduction
    }

    package static var signature: Signature { Signature([.required("x"), .required("indices"), .required("updates")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("reduction", &reduction)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let indices = try context.input(1)
        let updates = try context.input(2)
        try context.requireIntegers(1, "indices")
        try context.requireOneType([0, 2])
        if let a = indices.shape, let b = updates.shape {
            guard a.count == b.count else {
                throw invalidGraph("Indices \(indices) and updates \(updates) must have one shape.")
            }
            for (left, right) in zip(a, b) { _ = try Dimension.unified(left, right) }
        }
        if let a = x.shape, let b = indices.shape {
            guard a.count == b.count else { throw invalidGraph("Input \(x) and indices \(indices) must have one rank.") }
            let axis = try Axes.resolve(axis, rank: a.count)
            for other in a.indices where other != axis {
                if let have = a[other].fixed, let want = b[other].fixed, want > have {
                    throw invalidGraph("The indices have extent \(want) where the input has \(have).")
                }
            }
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
        let axis = try Axes.resolve(axis, rank: x.rank)
        let places = try Indices.resolve(indices.integers(), extent: x.shape[axis])
        var strides = RowMajor.strides(x.shape)
        let step = strides[axis]
        strides[axis] = 0
        var offsets = try [Int](budgeted: 0, count: places.count)
        try RowMajor.forEach(indices.shape, strides: [strides]) { (position, base) throws(OsteonError) in
            offsets[position] = base[0] + places[position] * step
        }
        try Scatter(updates: updates, y: y, offsets: offsets, blockCount: 1, reduction: reduction).run()
    }
}
