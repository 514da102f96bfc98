import Bytes
import GraphIR
import Tensors

/// The places of all elements that aren't 0, in order: one row an axis, one column an element.
package struct NonZero: Operator {
    package init() {}

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.movesBits, .valuesDecideExtents] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let rank = try context.input(0).rank
        return [TensorType(.i64, [rank.map { .fixed($0) } ?? .unknown, .unknown])]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let isSet = try x.converted(to: .bool)
        let flags = isSet.elements(UInt8.self)
        try MemoryBudget.current.check(flags.indices.count { flags[$0] != 0 }, of: MemoryLayout<Int>.stride)
        let places = flags.indices.filter { flags[$0] != 0 }
        let y = try context.makeOutput(0, .i64, [x.rank, places.count])
        var result = y.mutableElements(Int64.self)
        let steps = RowMajor.strides(x.shape)
        for axis in 0..<x.rank {
            for (column, place) in places.enumerated() {
                result[axis * places.count + column] = Int64(place / steps[axis] % x.shape[axis])
            }
        }
    }
}
