import Bytes
import GraphIR
import Tensors

/// The `k` largest (or smallest) elements along `axis`, and their places.
///
/// Of equal elements the one with the lower place comes first; NaN counts as larger than all. Without `sorted` the
/// order is unspecified (here it's sorted too).
package struct TopK: Operator {
    package var axis = -1
    package var largest = true
    package var sorted = true

    package init() {}
    package init(axis: Int, largest: Bool = true, sorted: Bool = true) {
        self.axis = axis
        self.largest = largest
        self.sorted = sorted
    }

    package static var signature: Signature { Signature([.required("x"), .required("k")], ["values", "indices"]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("largest", &largest)
        try visitor.visit("sorted", &sorted)
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([0], isByOrder: true) }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? [Int](repeating: 1, count: count) : nil
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "k")
        if let count = try context.input(1).count, count != 1 { throw invalidGraph("k must be one number.") }
        guard var shape = x.shape else { return [x, TensorType(.i64, nil)] }
        let axis = try Axes.resolve(axis, rank: shape.count)
        if let k = try context.integers(1)?.first {
            guard k >= 0, k <= shape[axis].fixed ?? k else {
                throw invalidGraph("k can't be \(k) on an axis of \(shape[axis]).")
            }
            shape[axis] = .fixed(k)
        } else {
            shape[axis] = .unknown
        }
        return [TensorType(x.elementType, shape), TensorType(.i64, shape)]
    }
}
