import Bytes
import GraphIR
import Tensors

/// The same elements with axes of extent 1 added; `axes` count the axes of the result.
package struct Unsqueeze: Operator {
    package init() {}
    package static var signature: Signature { Signature([.required("x"), .required("axes")]) }
    package var traits: OperatorTraits { [.view, .movesBits] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "axes")
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        guard let given = try context.integers(1) else {
            let added = try context.length(1)
            if let added { try require(added <= 64, .invalidGraph, "\(added) axes to add are beyond any use.") }
            return [TensorType(x.elementType, added.map { [Dimension](repeating: .unknown, count: shape.count + $0) })]
        }
        let rank = shape.count + given.count
        let axes = try Axes.resolve(given, rank: rank)
        var result: [Dimension] = []
        var rest = shape[...]
        for axis in 0..<rank { result.append(axes.contains(axis) ? 1 : rest.popFirst() ?? 1) }
        return [TensorType(x.elementType, result)]
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, let given = try context.integers(1) else { return nil }
        guard let axes = Permutation.identity(rank + given.count).sources(given) else { return nil }
        var kept = (0..<rank).makeIterator()
        let outputs = (0..<rank + given.count).map { axes.contains($0) ? AxesMapping.Origin.new : kept.next().map { .kept($0) } ?? .new }
        return AxesMapping(rank: rank, roles: [.data, .free], outputs: outputs, renumbered: { _ in self })
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? Array(0..<count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        context.setOutput(0, try context.input(0).reshaped(try outputShape(context)))
    }
}
