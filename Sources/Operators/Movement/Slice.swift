import Bytes
import GraphIR
import Tensors

/// A part of the input: along each of `axes` (all, where left out) the places from `starts` towards `ends` by `steps`.
///
/// Negative places count from the end; all are clamped to the axis as ONNX says. A negative step walks backwards,
/// its end then lies before the last place taken.
package struct Slice: Operator {
    package init() {}

    package static var signature: Signature {
        Signature([.required("x"), .required("starts"), .required("ends"), .optional("axes"), .optional("steps")])
    }
    package var traits: OperatorTraits { .movesBits }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        for (index, name) in ["starts", "ends", "axes", "steps"].enumerated() {
            try context.requireIntegers(index + 1, name)
        }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        let starts = try context.integers(1)
        let ends = try context.integers(2)
        let steps = try context.integers(4)
        let listed = try context.commonLength([1, 2, 3])
        guard let axes = try axes(context, listed, rank: shape.count) else {
            return [TensorType(x.elementType, [Dimension](repeating: .unknown, count: shape.count))]
        }
        for list in [starts, ends, steps] {
            if let list, list.count != axes.count {
                throw invalidGraph("Starts, ends, axes and steps must be equally many.")
            }
        }
        var result = shape
        for (place, axis) in axes.enumerated() {
            result[axis] = .unknown
            let step = steps?[place] ?? (context.has(4) ? nil : 1)
            if let step, step == 0 { throw invalidGraph("A step can't be 0.") }
            guard let starts, let ends, let step else { continue }
            if let extent = shape[axis].fixed {
                result[axis] = .fixed(SliceRange(start: starts[place], end: ends[place], step: step, extent: extent).count)
            } else if step == 1, starts[place] == 0, ends[place] >= Int(Int32.max) {
                result[axis] = shape[axis]
            }
        }
        return [TensorType(x.elementType, result)]
    }

    private func axes(_ context: InferenceContext, _ count: Int?, rank: Int) throws(OsteonError) -> [Int]? {
        if let given = try context.integers(3) { return try Axes.resolve(given, rank: rank) }
        guard !context.has(3), let count else { return nil }
        guard count <= rank else { throw invalidGraph("\(count) starts for an input of rank \(rank).") }
        return Array(0..<count)
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, let count = try context.commonLength([1, 2, 3]) else { return nil }
        guard let given = try context.has(3) ? context.integers(3) : Array(0..<count), let axes = Permutation.identity(rank).sources(given)
        else { return nil }
        var result = AxesMapping.changing(axes, context, roles: [.data, .free, .free, .axes, .free]) { _ in self }
        if !context.has(3) { result?.implied = (3, axes) }
        return result
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        guard let rank = try context.input(0).rank, let starts = try context.integers(1), let ends = try context.integers(2) else {
            return nil
        }
        let axes = try context.integers(3)
        let steps = try context.integers(4)
        guard context.has(3) == (axes != nil), context.has(4) == (steps != nil) else { return nil }
        guard starts.allSatisfy({ $0 == 0 }), steps?.allSatisfy({ $0 == 1 }) ?? true else { return nil }
        for (index, end) in ends.enumerated() {
            let axis = axes.map { $0[index] } ?? index
            // Exporters write the largest 32- or 64-bit integer for "to the end".
            guard try end >= context.input(0).extent(axis < 0 ? axis + rank : axis) ?? Int(Int32.max) else { return nil }
        }
        return UnchangedInput("it changes nothing")
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        switch index {
        case 1: [Int](repeating: 0, count: count)
        case 2: data?.count == count ? data : [Int](repeating: Int(Int32.max), count: count)
        case 3: Axes.example(count: count, data: data)
        case 4: [Int](repeating: 1, count: count)
        default: nil
        }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        let starts = try context.input(1).integers()
        let ends = try context.input(2).integers()
        let given = try context.integers(3)
        let stepped = try context.integers(4)
        let axes = try Axes.resolve(given ?? Array(starts.indices), rank: x.rank)
        let steps = stepped ?? [Int](repeating: 1, count: axes.count)
        var strides = RowMajor.strides(x.shape)
        var base = 0
        for (place, axis) in axes.enumerated() {
            let range = SliceRange(start: starts[place], end: ends[place], step: steps[place], extent: x.shape[axis])
            base += range.start * strides[axis]
            // One place needs no step, which may be too large to multiply.
            strides[axis] = shape[axis] > 1 ? strides[axis] * range.step : 0
        }
        try StridedCopy(from: x, offset: base, strides: strides, to: y).run()
    }
}

/// One axis of a slice after clamping.
struct SliceRange {
    /// The first place taken.
    let start: Int
    let step: Int
    let count: Int

    /// - Parameter step: not 0.
    init(start: Int, end: Int, step: Int, extent: Int) {
        func place(_ value: Int, _ low: Int, _ high: Int) -> Int {
            min(max(value < 0 ? value &+ extent : value, low), high)
        }
        let first: Int
        let last: Int
        if step > 0 {
            first = place(start, 0, extent)
            last = place(end, 0, extent)
        } else {
            first = place(start, 0, max(extent - 1, 0))
            // An end before the first place is told by a number below −extent.
            last = place(end, -1, max(extent - 1, 0))
        }
        self.start = first
        self.step = step
        let distance = step > 0 ? last - first : first - last
        count = extent == 0 || distance <= 0 ? 0 : Int((distance.magnitude - 1) / step.magnitude) + 1
    }
}
