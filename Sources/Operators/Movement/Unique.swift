import Bytes
import GraphIR
import Tensors

/// The different elements (or, along `axis`, slices), sorted, or in order of their first appearance.
///
/// `indices` tell where each appears first, `inverse` which of them each place of the input holds, `counts` how often each
/// is there. Without an axis the input counts as one list.
package struct Unique: Operator {
    package var axis: Int?
    package var sorted = true

    package init() {}
    package init(axis: Int?, sorted: Bool = true) {
        self.axis = axis
        self.sorted = sorted
    }

    package static var signature: Signature { Signature([.required("x")], ["y", "indices", "inverse", "counts"]) }

    package var traits: OperatorTraits { .valuesDecideExtents }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("sorted", &sorted)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        var shape = axis == nil ? [Dimension.unknown] : x.shape
        if let axis, let rank = x.rank { shape?[try Axes.resolve(axis, rank: rank)] = .unknown }
        var places = Dimension.unknown
        if let known = x.shape {
            places = try axis == nil ? Dimension.product(known) : known[Axes.resolve(axis ?? 0, rank: known.count)]
        }
        return [
            TensorType(x.elementType, shape), TensorType(.i64, [.unknown]), TensorType(.i64, [places]),
            TensorType(.i64, [.unknown]),
        ]
    }
}
