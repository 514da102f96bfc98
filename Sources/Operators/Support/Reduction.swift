import Bytes
import GraphIR
import Tensors

/// An operator that folds whole axes into one element: inputs `x` and, optionally, the `axes` (`i64`).
///
/// Without axes (or with none in the list) all axes are reduced, or none where `noopWithEmptyAxes` is set.
package protocol Reduction: Operator {
    /// Whether reduced axes stay, with extent 1.
    var keepDimensions: Bool { get set }
    var noopWithEmptyAxes: Bool { get set }
    static func accepts(_ elementType: ElementType) -> Bool
    func reduce(_ task: ReductionTask) throws(OsteonError)
}

extension Reduction {
    package init(keepDimensions: Bool = true, noopWithEmptyAxes: Bool = false) {
        self.init()
        self.keepDimensions = keepDimensions
        self.noopWithEmptyAxes = noopWithEmptyAxes
    }

    package static var signature: Signature { Signature([.required("x"), .optional("axes")]) }
    package static func accepts(_ elementType: ElementType) -> Bool { elementType != .bool }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("keep_dimensions", &keepDimensions)
        try visitor.visit("noop_with_empty_axes", &noopWithEmptyAxes)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard Self.accepts(x.elementType) else {
            throw OsteonError(.invalidGraph, "\(Self.id) doesn't take \(x.elementType.rawValue).")
        }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        if let axesType = context.optionalInput(1), context.constant(1) == nil {
            return [TensorType(x.elementType, shapeForUnknownAxes(shape, axesType))]
        }
        let axes = try resolvedAxes(context.integers(1), rank: shape.count)
        var result: [Dimension] = []
        for (axis, dimension) in shape.enumerated() {
            if !axes.contains(axis) { result.append(dimension) } else if keepDimensions { result.append(1) }
        }
        return [TensorType(x.elementType, result)]
    }

    private func shapeForUnknownAxes(_ shape: [Dimension], _ axes: TensorType) -> [Dimension]? {
        if keepDimensions { return shape.map { $0 == 1 ? 1 : .unknown } }
        guard let count = axes.count, count > 0, count <= shape.count else { return nil }
        return Array(repeating: .unknown, count: shape.count - count)
    }

    /// Which axes to reduce, from 0.
    func resolvedAxes(_ given: [Int]?, rank: Int) throws(OsteonError) -> Set<Int> {
        guard let given, !given.isEmpty else { return noopWithEmptyAxes ? [] : Set(0..<rank) }
        return Set(try Axes.resolve(given, rank: rank))
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank else { return nil }
        let renumbered: (Permutation) -> (any Operator)? = { _ in self }
        guard context.has(1) else {
            if noopWithEmptyAxes { return .changing([], context, renumbered: renumbered) }
            // Nothing is left of any axis.
            let outputs = [AxesMapping.Origin](repeating: .new, count: keepDimensions ? rank : 0)
            return AxesMapping(rank: rank, roles: [.data], outputs: outputs, sums: true, renumbered: renumbered)
        }
        guard let given = try context.integers(1), !given.isEmpty, let axes = Permutation.identity(rank).sources(given) else { return nil }
        let left = keepDimensions ? Array(0..<rank) : (0..<rank).filter { !axes.contains($0) }
        return AxesMapping(
            rank: rank, roles: [.data, .axes], outputs: left.map { axes.contains($0) ? .changed($0) : .kept($0) }, sums: true,
            renumbered: renumbered)
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? Axes.example(count: count, data: data) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        guard Self.accepts(x.elementType) else {
            throw OsteonError(.unsupported, "\(Self.id) doesn't take \(x.elementType.rawValue).")
        }
        let axes = try resolvedAxes(context.integers(1), rank: x.rank)
        let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
        let shape = keepDimensions ? kept : x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }
        let y = try context.makeOutput(0, x.elementType, shape)
        try reduce(ReductionTask(x: x, kept: kept, y: y))
    }
}

/// How elements of one type are folded into one.
protocol ReductionRule {
    associatedtype Element: BitwiseCopyable
    associatedtype State: BitwiseCopyable
    static var initial: State { get }
    static func include(_ x: Element, in state: inout State)
    static func finish(_ state: State, count: Int) -> Element
}

/// One reduction to be done: from `x` into `y`, whose elements lie as in the shape `kept`.
package struct ReductionTask {
    let x: Tensor
    /// The shape of `x` with extent 1 along the reduced axes.
    let kept: [Int]
    let y: Tensor

    package var elementType: ElementType { x.elementType }

    /// Walks `x` once in memory order, with a state for each element of `y`.
    func run<Rule: ReductionRule>(_ rule: Rule.Type) throws(OsteonError) {
        let source = x.elements(Rule.Element.self)
        var result = y.mutableElements(Rule.Element.self)
        var states = try [Rule.State](budgeted: Rule.initial, count: result.count)
        let (shape, strides) = Broadcast.collapsed(x.shape, [Broadcast.strides(of: kept, in: x.shape)])
        let width = shape.last ?? 1
        let isReduced = (strides[0].last ?? 0) == 0
        Broadcast.forEachRow(shape, strides) { (row, offsets) in
            let base = row * width
            let target = offsets[0]
            if isReduced {
                var state = states[target]
                for i in 0..<width { Rule.include(source[base + i], in: &state) }
                states[target] = state
            } else {
                for i in 0..<width { Rule.include(source[base + i], in: &states[target + i]) }
            }
        }
        let count = result.isEmpty ? 0 : source.count / result.count
        for i in 0..<result.count { result[i] = Rule.finish(states[i], count: count) }
    }
}
