import Bytes
import GraphIR
import Tensors

/// TensorFlow's `StridedSlice`: NumPy's indexing told by bit masks over the places of `begin`, `end` and `strides`.
///
/// A set bit lets a place run from the beginning (`beginMask`), to the end (`endMask`), stand for all axes not told
/// (`ellipsisMask`), add an axis of 1 (`newAxisMask`) or take one place and drop the axis (`shrinkAxisMask`).
package struct StridedSlice: Operator {
    package var beginMask = 0
    package var endMask = 0
    package var ellipsisMask = 0
    package var newAxisMask = 0
    package var shrinkAxisMask = 0

    package init() {}
    package init(
        beginMask: Int = 0, endMask: Int = 0, ellipsisMask: Int = 0, newAxisMask: Int = 0,
        shrinkAxisMask: Int = 0
    ) {
        self.beginMask = beginMask
        self.endMask = endMask
        self.ellipsisMask = ellipsisMask
        self.newAxisMask = newAxisMask
        self.shrinkAxisMask = shrinkAxisMask
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("begin"), .required("end"), .required("strides")])
    }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("begin_mask", &beginMask)
        try visitor.visit("end_mask", &endMask)
        try visitor.visit("ellipsis_mask", &ellipsisMask)
        try visitor.visit("new_axis_mask", &newAxisMask)
        try visitor.visit("shrink_axis_mask", &shrinkAxisMask)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        for (index, name) in ["begin", "end", "strides"].enumerated() { try context.requireIntegers(index + 1, name) }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        let begin = try context.integers(1)
        let end = try context.integers(2)
        let strides = try context.integers(3)
        guard let count = try context.commonLength([1, 2, 3]) else { return [TensorType(x.elementType, nil)] }
        var result: [Dimension] = []
        for part in try parts(count: count, rank: shape.count) {
            switch part {
            case .new: result.append(1)
            case .all(let axis): result.append(shape[axis])
            case .one(let axis, let place):
                if let begin = begin?[place], let extent = shape[axis].fixed {
                    _ = try Indices.resolve(begin, extent: extent)
                }
            case .range(let axis, let place):
                guard let step = strides?[place] else {
                    result.append(.unknown)
                    continue
                }
                guard step != 0 else { throw invalidGraph("A stride can't be 0.") }
                let isWhole = beginMask >> place & 1 == 1 && endMask >> place & 1 == 1
                guard let extent = shape[axis].fixed else {
                    result.append(isWhole && step.magnitude == 1 ? shape[axis] : .unknown)
                    continue
                }
                guard isWhole || (begin != nil && end != nil) else {
                    result.append(.unknown)
                    continue
                }
                result.append(.fixed(range(place, begin?[place] ?? 0, end?[place] ?? 0, step, extent).count))
            }
        }
        return [TensorType(x.elementType, result)]
    }

    /// What one place of the lists does, or one axis that an ellipsis or no place stands for.
    package enum Part {
        case new
        case all(axis: Int)
        case one(axis: Int, place: Int)
        case range(axis: Int, place: Int)
    }

    /// How many of `count` places stand for one axis of the input each.
    package func axisCount(_ count: Int) -> Int {
        (0..<count).count { newAxisMask >> $0 & 1 == 0 && ellipsisMask >> $0 & 1 == 0 }
    }

    /// What the places do to the axes of an input, in the order of the result's axes.
    /// - Throws: `.invalidGraph` for more places than axes or bits of a mask, or more than one ellipsis.
    package func parts(count: Int, rank: Int) throws(OsteonError) -> [Part] {
        guard count <= 62 else { throw invalidGraph("\(count) places are more than the masks have bits.") }
        let told = axisCount(count)
        guard told <= rank else { throw invalidGraph("\(told) places for an input of rank \(rank).") }
        var result: [Part] = []
        var axis = 0
        var hasEllipsis = false
        for place in 0..<count {
            if ellipsisMask >> place & 1 == 1 {
                guard !hasEllipsis else { throw invalidGraph("More than one ellipsis.") }
                hasEllipsis = true
                for _ in 0..<rank - told {
                    result.append(.all(axis: axis))
                    axis += 1
                }
            } else if newAxisMask >> place & 1 == 1 {
                result.append(.new)
            } else {
                result.append(
                    shrinkAxisMask >> place & 1 == 1 ? .one(axis: axis, place: place) : .range(axis: axis, place: place))
                axis += 1
            }
        }
        while axis < rank {
            result.append(.all(axis: axis))
            axis += 1
        }
        return result
    }

    private func range(_ place: Int, _ begin: Int, _ end: Int, _ step: Int, _ extent: Int) -> SliceRange {
        SliceRange(
            start: beginMask >> place & 1 == 1 ? (step > 0 ? 0 : Int.max) : begin,
            end: endMask >> place & 1 == 1 ? (step > 0 ? Int.max : Int.min / 2) : end, step: step, extent: extent)
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { .first }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let begin = try context.input(1).integers()
        let end = try context.input(2).integers()
        let steps = try context.input(3).integers()
        guard begin.count == end.count, begin.count == steps.count else {
            throw invalidGraph("begin, end and strides must be equally many.")
        }
        let y = try context.makeOutput(0, x.elementType, shape)
        let strides = RowMajor.strides(x.shape)
        var view: [Int] = []
        var offset = 0
        for part in try parts(count: begin.count, rank: x.rank) {
            switch part {
            case .new: view.append(0)
            case .all(let axis): view.append(strides[axis])
            case .one(let axis, let place):
                offset &+= try Indices.resolve(begin[place], extent: x.shape[axis]) &* strides[axis]
            case .range(let axis, let place):
                let range = range(place, begin[place], end[place], steps[place], x.shape[axis])
                offset &+= range.start &* strides[axis]
                view.append(range.count > 1 ? range.step &* strides[axis] : 0)
            }
        }
        try StridedCopy(from: x, offset: offset, strides: view, to: y).run()
    }
}
