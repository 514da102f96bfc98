import Bytes
import GraphIR
import Tensors

/// The same elements without the axes named, each of extent 1; without `axes`, without all of extent 1.
package struct Squeeze: Operator {
    package init() {}
    package static var signature: Signature { Signature([.required("x"), .optional("axes")]) }
    package var traits: OperatorTraits { [.view, .movesBits] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "axes")
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        guard context.has(1) else {
            let isSettled = shape.allSatisfy { $0.fixed != nil }
            return [TensorType(x.elementType, isSettled ? shape.filter { $0 != 1 } : nil)]
        }
        guard let given = try context.integers(1) else {
            let rank = try context.length(1).map { max(shape.count - $0, 0) }
            return [TensorType(x.elementType, rank.map { [Dimension](repeating: .unknown, count: $0) })]
        }
        let axes = try Axes.resolve(given, rank: shape.count)
        for axis in axes {
            if let extent = shape[axis].fixed, extent != 1 {
                throw invalidGraph("Axis \(axis) of \(x) can't be dropped: its extent isn't 1.")
            }
        }
        return [TensorType(x.elementType, shape.indices.filter { !axes.contains($0) }.map { shape[$0] })]
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, let given = try context.integers(1) else { return nil }
        guard let axes = Permutation.identity(rank).sources(given) else { return nil }
        return AxesMapping(
            rank: rank, roles: [.data, .axes], outputs: (0..<rank).filter { !axes.contains($0) }.map { .kept($0) },
            renumbered: { _ in self })
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        guard index == 1, let data else { return nil }
        let single = data.indices.filter { data[$0] == 1 }
        return single.count >= count ? Array(single.prefix(count)) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0).reshaped(try outputShape(context)))
    }
}
