import Bytes
import GraphIR
import Tensors

extension Resize {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        guard x.count > 0 || shape.contains(0) else { throw invalidGraph("There's nothing in \(x.type) to resize.") }
        let y = try context.makeOutput(0, x.elementType, shape)
        guard y.count > 0 else { return }
        let axes = try resizedAxes(context, x, shape).filter { !$0.isIdentity }
        if mode == .nearest { return try copyNearest(x, y, axes) }
        let filler = extrapolationValue
        var current = try x.converted(to: .f64)
        for axis in axes {
            var shape = current.shape
            shape[axis.axis] = axis.output
            let next = try Tensor(uninitialized: .f64, shape)
            ResizePass(source: current, target: next, axis: axis.axis, taps: try taps(axis), filler: filler).run()
            current = next
        }
        if x.elementType.isInteger {
            let rounded = try current.copied()
            var elements = rounded.mutableElements(Double.self)
            for i in elements.indices { elements[i].round(.toNearestOrEven) }
            current = rounded
        }
        let result = try current.converted(to: x.elementType)
        y.write(result.bytes)
    }

    /// Every axis named by scales, sizes and region, in numbers.
    private func resizedAxes(_ context: EvaluationContext, _ x: Tensor, _ shape: [Int]) throws(OsteonError) -> [ResizeAxis] {
        let axes = try resolvedAxes(rank: x.rank)
        let region = try context.optionalInput(1)?.doubles() ?? []
        guard region.isEmpty || region.count == 2 * axes.count || coordinateTransformation != .tfCropAndResize else {
            throw invalidGraph("A region of \(region.count) numbers for \(axes.count) axes.")
        }
        let sizes = try context.integers(3) ?? []
        let scales = try sizes.isEmpty ? context.optionalInput(2)?.doubles() ?? [] : []
        let common = sizes.isEmpty || keepAspectRatio == .stretch ? nil : aspectScale(axes.map { x.shape[$0] }, sizes)
        var result: [ResizeAxis] = []
        for (place, axis) in axes.enumerated() {
            let scale = common ?? (scales.isEmpty ? nil : scales[place])
            var resized = ResizeAxis(axis: axis, input: x.shape[axis], output: shape[axis], scale: scale)
            if coordinateTransformation == .tfCropAndResize, !region.isEmpty {
                resized.region = (region[place], region[axes.count + place])
            }
            result.append(resized)
        }
        return result
    }

    private func copyNearest(_ x: Tensor, _ y: Tensor, _ axes: [ResizeAxis]) throws(OsteonError) {
        var places = x.shape.map { Array(0..<$0) }
        for axis in axes { places[axis.axis] = try taps(axis).map { $0.places.first ?? -1 } }
        let filler = try Tensor(scalar: extrapolationValue).converted(to: x.elementType)
        try LookupCopy(source: x, target: y, filler: filler, places: places).run()
    }
}

/// One axis of a separable resize, in `f64`.
private struct ResizePass {
    let source: Tensor, target: Tensor, axis: Int, taps: [ResizeTaps], filler: Double

    func run() {
        let from = source.elements(Double.self)
        var to = target.mutableElements(Double.self)
        let inner = RowMajor.count(source.shape[(axis + 1)...])
        let outer = RowMajor.count(source.shape[..<axis])
        let extent = source.shape[axis]
        var line = 0
        for row in 0..<outer {
            let base = row * extent * inner
            for tap in taps {
                for i in 0..<inner { to[line + i] = tap.isOutside ? filler : 0 }
                for (place, weight) in zip(tap.places, tap.weights) {
                    let start = base + place * inner
                    for i in 0..<inner { to[line + i] += weight * from[start + i] }
                }
                line += inner
            }
        }
    }
}
