import Bytes
import GraphIR
import Tensors

/// The same elements under another shape.
///
/// In `shape` a −1 (one at most) stands for whatever makes the count right, and a 0 for the input's extent at that
/// place; with `allowZero` a 0 is a 0.
package struct Reshape: Operator {
    package var allowZero = false

    package init() {}
    package init(allowZero: Bool) { self.allowZero = allowZero }

    package static var signature: Signature { Signature([.required("x"), .required("shape")]) }
    package var traits: OperatorTraits { [.view, .movesBits] }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("allow_zero", &allowZero)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "shape")
        guard let wanted = try context.integers(1) else {
            let rank = try context.length(1)
            if let rank { try require((0...64).contains(rank), .invalidGraph, "A shape of rank \(rank).") }
            return [TensorType(x.elementType, rank.map { [Dimension](repeating: .unknown, count: $0) })]
        }
        return [TensorType(x.elementType, try resolve(wanted, x))]
    }

    private func resolve(_ wanted: [Int], _ x: TensorType) throws(OsteonError) -> [Dimension] {
        var result: [Dimension] = []
        var open: Int?
        for (axis, extent) in wanted.enumerated() {
            switch extent {
            case -1:
                guard open == nil else { throw invalidGraph("The shape \(wanted) has more than one −1.") }
                open = axis
                result.append(.unknown)
            case 0 where !allowZero:
                guard let shape = x.shape else {
                    result.append(.unknown)
                    continue
                }
                guard axis < shape.count else {
                    throw invalidGraph("The 0 at place \(axis) of \(wanted) has no extent in \(x).")
                }
                result.append(shape[axis])
            case ..<0: throw invalidGraph("The shape \(wanted) has a negative extent.")
            default: result.append(.fixed(extent))
            }
        }
        guard let shape = x.shape else { return result }
        if let open {
            if allowZero, wanted.contains(0) { throw invalidGraph("The shape \(wanted) has both −1 and 0.") }
            result[open] = try remaining(shape, result, open)
        } else if let have = try count(shape), let want = try count(result), have != want {
            throw invalidGraph("\(x) can't be seen as \(wanted): \(have) elements are not \(want).")
        }
        return result
    }

    private func count(_ shape: [Dimension]) throws(OsteonError) -> Int? {
        guard let extents = TensorType(.u8, shape).fixedShape else { return nil }
        return try Checked.product(extents)
    }

    /// The extent for the −1 at `open`: what's left when numbers are divided and equal free extents cancelled.
    private func remaining(_ have: [Dimension], _ want: [Dimension], _ open: Int) throws(OsteonError) -> Dimension {
        var symbols = have.filter { $0.fixed == nil }
        var divisor = 1
        for (axis, dimension) in want.enumerated() where axis != open {
            if let extent = dimension.fixed {
                divisor = try Checked.multiply(divisor, extent)
            } else if dimension != .unknown, let match = symbols.firstIndex(of: dimension) {
                symbols.remove(at: match)
            } else {
                return .unknown
            }
        }
        let total = try Checked.product(have.compactMap(\.fixed))
        if symbols.isEmpty {
            if divisor == 0 { return total == 0 ? 0 : .unknown }
            guard total % divisor == 0 else {
                throw invalidGraph("\(total) elements can't be split into rows of \(divisor).")
            }
            return .fixed(total / divisor)
        }
        return symbols.count == 1 && total == divisor && total > 0 ? symbols[0] : .unknown
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? (data?.count == count ? data : (0..<count).map { $0 == 0 ? -1 : 1 }) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0).reshaped(try outputShape(context)))
    }
}
