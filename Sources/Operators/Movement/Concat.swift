import Bytes
import GraphIR
import Tensors

/// The inputs one after another along `axis`; their other extents are equal.
package struct Concat: Operator {
    package var axis = 0

    package init() {}
    package init(axis: Int) {
        self.axis = axis
    }

    package static var signature: Signature { Signature([.variadic("inputs")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let first = try context.input(0)
        try context.requireOneType(Array(context.inputs.indices))
        var result: [Dimension]?
        for index in context.inputs.indices {
            guard let shape = try context.input(index).shape else { continue }
            guard let known = result else {
                result = shape
                continue
            }
            guard known.count == shape.count else {
                throw invalidGraph("Inputs of rank \(known.count) and \(shape.count) can't be joined.")
            }
            let axis = try Axes.resolve(axis, rank: shape.count)
            for other in shape.indices where other != axis {
                result?[other] = try Dimension.unified(known[other], shape[other])
            }
        }
        guard var shape = result else { return [TensorType(first.elementType, nil)] }
        shape[try Axes.resolve(axis, rank: shape.count)] = try joined(context)
        return [TensorType(first.elementType, shape)]
    }

    /// The sum of the extents along the axis; unknown where one is, or where free extents would have to be added.
    private func joined(_ context: InferenceContext) throws(OsteonError) -> Dimension {
        var sum = 0
        var symbol: Dimension?
        for index in context.inputs.indices {
            guard let shape = try context.input(index).shape else { return .unknown }
            let dimension = shape[try Axes.resolve(axis, rank: shape.count)]
            if let extent = dimension.fixed {
                sum = try Checked.add(sum, extent)
            } else if symbol == nil {
                symbol = dimension
            } else {
                return .unknown
            }
        }
        guard let symbol else { return .fixed(sum) }
        return sum == 0 ? symbol : .unknown
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection(Array(context.inputs.indices)) }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, let axis = Permutation.identity(rank).source(axis) else { return nil }
        return AxesMapping(
            rank: rank, roles: context.inputs.map { _ in .data }, outputs: (0..<rank).map { $0 == axis ? .joined($0) : .kept($0) },
            renumbered: { $0.source(axis).map { Concat(axis: $0) } })
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        context.inputs.count == 1 ? UnchangedInput("a single part") : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let first = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, first.elementType, shape)
        guard y.count > 0 else { return }
        let axis = try Axes.resolve(axis, rank: shape.count)
        let inner = RowMajor.count(shape[(axis + 1)...]) * first.elementType.byteCount
        let outer = RowMajor.count(shape[..<axis])
        let rowBytes = shape[axis] * inner
        var result = y.mutableBytes
        var offset = 0
        for index in context.inputs.indices {
            let input = try context.input(index)
            let source = input.byteSpan
            let width = input.shape[axis] * inner
            if width == 0 { continue }
            for row in 0..<outer {
                result.copy(source.extracting(row * width..<(row + 1) * width), to: row * rowBytes + offset)
            }
            offset += width
        }
    }
}
