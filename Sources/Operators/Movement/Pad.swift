import Bytes
import GraphIR
import Tensors

/// The input with places added (or, where negative, cut) at the ends of axes.
///
/// `pads` are all beginnings and then all ends, for `axes` where given, else for all. What fills them is the mode's: `value`
/// (0 where left out), the mirror image without (`reflect`) or with (`symmetric`) the edge itself, the edge, or the
/// input again from its other end (`wrap`).
package struct Pad: Operator {
    package enum Mode: String, AttributeEnum {
        case constant, reflect, edge, wrap, symmetric
    }

    package var mode = Mode.constant

    package init() {}
    package init(mode: Mode) {
        self.mode = mode
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("pads"), .optional("value"), .optional("axes")])
    }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("mode", &mode)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "pads")
        try context.requireIntegers(3, "axes")
        if let value = context.optionalInput(2) {
            try context.requireOneType([0, 2])
            if let count = value.count, count != 1 { throw invalidGraph("The value to pad with must be one number.") }
        }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        let unknown = [TensorType(x.elementType, [Dimension](repeating: .unknown, count: shape.count))]
        guard let given = try context.integers(1) else {
            // What isn't padded stays as it is, however much the axes named grow.
            guard context.has(3), let listed = try context.integers(3) else { return unknown }
            var result = shape
            for axis in try Axes.resolve(listed, rank: shape.count) { result[axis] = .unknown }
            return [TensorType(x.elementType, result)]
        }
        guard let pads = try pads(given, axes: context.integers(3), hasAxes: context.has(3), rank: shape.count) else {
            return unknown
        }
        var result: [Dimension] = []
        for (axis, dimension) in shape.enumerated() {
            let (begin, end) = pads[axis]
            guard let extent = dimension.fixed else {
                result.append(begin == 0 && end == 0 ? dimension : .unknown)
                continue
            }
            let padded = try Checked.add(extent, Checked.add(begin, end))
            guard padded >= 0 else {
                throw invalidGraph("The pads \(begin) and \(end) cut more than the \(extent) places of axis \(axis).")
            }
            result.append(.fixed(padded))
        }
        return [TensorType(x.elementType, result)]
    }

    /// The pads of every axis; nil where the axes aren't known yet.
    private func pads(
        _ given: [Int], axes: [Int]?, hasAxes: Bool, rank: Int
    ) throws(OsteonError) -> [(begin: Int, end: Int)]? {
        guard axes != nil || !hasAxes else { return nil }
        let axes = try Axes.resolve(axes ?? Array(0..<rank), rank: rank)
        guard given.count == 2 * axes.count else { throw invalidGraph("\(given.count) pads for \(axes.count) axes.") }
        var result = [(begin: Int, end: Int)](repeating: (0, 0), count: rank)
        for (place, axis) in axes.enumerated() { result[axis] = (given[place], given[axes.count + place]) }
        return result
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? {
        ElementSelection([0], fill: mode == .constant ? .input(2) : .none)
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank else { return nil }
        var axes = Array(0..<rank)
        if context.has(3) {
            guard let given = try context.integers(3), let listed = Permutation.identity(rank).sources(given) else { return nil }
            axes = listed
        }
        if let pads = try context.integers(1), pads.count == 2 * axes.count {
            let count = axes.count
            axes = (0..<count).filter { pads[$0] != 0 || pads[count + $0] != 0 }.map { axes[$0] }
        }
        let pads = context.has(3) ? AxesMapping.Role.free : .byAxis(times: 2)
        return .changing(axes, context, roles: [.data, pads, .free, .axes]) { _ in self }
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try context.integers(1)?.allSatisfy { $0 == 0 } == true ? UnchangedInput("it changes nothing") : nil
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? [Int](repeating: 0, count: count) : index == 3 ? Axes.example(count: count, data: data) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        let pads = try pads(context.input(1).integers(), axes: context.integers(3), hasAxes: context.has(3), rank: x.rank)
        var sources: [[Int]] = []
        for (axis, extent) in x.shape.enumerated() {
            let begin = pads?[axis].begin ?? 0
            var places: [Int] = []
            try places.reserveBudgeted(shape[axis])
            for place in 0..<shape[axis] { places.append(try source(place &- begin, extent)) }
            sources.append(places)
        }
        let zero = try Tensor(zeros: x.elementType, [])
        let value = context.optionalInput(2) ?? zero
        try LookupCopy(source: x, target: y, filler: value, places: sources).run()
    }

    /// The input place that fills `place` (which may lie outside the input); −1 for the constant.
    private func source(_ place: Int, _ extent: Int) throws(OsteonError) -> Int {
        if place >= 0, place < extent { return place }
        if mode == .constant { return -1 }
        guard extent > 0 else { throw invalidGraph("There's nothing in an empty axis to pad with.") }
        switch mode {
        case .constant: return -1
        case .edge: return place < 0 ? 0 : extent - 1
        case .wrap: return (place % extent + extent) % extent
        case .reflect:
            guard extent > 1 else { return 0 }
            let period = 2 * (extent - 1)
            let phase = (place % period + period) % period
            return min(phase, period - phase)
        case .symmetric:
            let period = 2 * extent
            let phase = (place % period + period) % period
            return min(phase, period - 1 - phase)
        }
    }
}
