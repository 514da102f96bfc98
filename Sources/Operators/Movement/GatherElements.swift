import Bytes
import GraphIR
import Tensors

/// Single elements of `x`: each place of `indices` gets the element at the same place but for `axis`, where the index says.
///
/// Negative indices count from the end; others outside the axis are an error.
package struct GatherElements: Operator {
    package var axis = 0

    package init() {}
    package init(axis: Int) {
        self.axis = axis
    }

    package static var signature: Signature { Signature([.required("x"), .required("indices")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let indices = try context.input(1)
        try context.requireIntegers(1, "indices")
        if let a = x.shape, let b = indices.shape {
            guard a.count == b.count else { throw invalidGraph("Input \(x) and indices \(indices) must have one rank.") }
            let axis = try Axes.resolve(axis, rank: a.count)
            for other in a.indices where other != axis {
                if let have = a[other].fixed, let want = b[other].fixed, want > have {
                    throw invalidGraph("The indices have extent \(want) where the input has \(have).")
                }
            }
        }
        return [TensorType(x.elementType, indices.shape)]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let axis = try Axes.resolve(axis, rank: x.rank)
        let indices = try Indices.resolve(context.input(1).integers(), extent: x.shape[axis])
        try dispatchWidth(x.elementType, Body(x: x, y: y, indices: indices, axis: axis))
    }

    private struct Body: WidthBody {
        let x: Tensor, y: Tensor, indices: [Int], axis: Int

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            var strides = RowMajor.strides(x.shape)
            let step = strides[axis]
            strides[axis] = 0
            try RowMajor.forEach(y.shape, strides: [strides]) { (position, offsets) throws(OsteonError) in
                result[position] = source[offsets[0] + indices[position] * step]
            }
        }
    }
}
