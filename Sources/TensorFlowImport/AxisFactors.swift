import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// How a value relates to an earlier one by reshapes, new axes, tiling and repetition alone: each of its axes is a
/// product of axes of the base, in order, the last varying fastest.
///
/// Graphs spell nearest upsampling as a chain of such steps, one axis at a time, because TensorFlow had no operation for
/// volumes. Following the factors tells what a chain does without knowing an extent.
struct AxisFactors {
    enum Factor: Hashable {
        /// An axis of the base whose every place is there `times` times in a row.
        case axis(Int, times: Int)
        /// The whole of what follows it in its axis, that many times.
        case copies(Int)
    }

    var base: ValueID
    var axes: [[Factor]]

    /// Each axis repeated so many times, where that's all that happened to the base.
    var repetitions: [Int]? {
        var result: [Int] = []
        for (place, factors) in axes.enumerated() {
            guard factors.count == 1, case .axis(place, let times) = factors[0] else { return nil }
            result.append(times)
        }
        return result
    }

    /// Neighbours that make one factor joined: an axis with copies behind it is that axis repeated.
    fileprivate static func joined(_ factors: [Factor]) -> [Factor] {
        var result: [Factor] = []
        for factor in factors {
            guard case .copies(let count) = factor else {
                result.append(factor)
                continue
            }
            if case .axis(let axis, let times)? = result.last, let product = try? Checked.multiply(times, count) {
                result[result.count - 1] = .axis(axis, times: product)
            } else if count != 1 {
                result.append(factor)
            }
        }
        return result
    }
}

extension GraphBuilder {
    /// The factors of a value; of itself where nothing else is known. nil for an unknown rank.
    func axisFactors(_ value: ValueID) -> AxisFactors? {
        if let known = factors[value] { return known }
        guard let rank = graph.type(value).rank else { return nil }
        return AxisFactors(base: value, axes: (0..<rank).map { [.axis($0, times: 1)] })
    }

    private func size(_ factor: AxisFactors.Factor, _ extents: [PartialInteger]) -> PartialInteger {
        switch factor {
        case .copies(let count): .known(count)
        case .axis(let axis, let times): .product(of: [extents[axis], .known(times)])
        }
    }

    /// The factors once reshaped to `parts`, of which one may be unknown; nil where an axis of the base would be cut.
    func axisFactors(_ value: ValueID, reshapedTo parts: [PartialInteger]) -> AxisFactors? {
        guard let start = axisFactors(value), let extents = extents(of: start.base) else { return nil }
        var left = ArraySlice(start.axes.flatMap { $0 })
        var front: [[AxisFactors.Factor]] = []
        var back: [[AxisFactors.Factor]] = []
        let isOpen = parts.map { $0 == .unknown || $0.value ?? 0 < 0 }
        guard isOpen.count(where: { $0 }) <= 1 else { return nil }
        let open = isOpen.firstIndex(of: true)
        for part in parts[..<(open ?? parts.count)] {
            guard let taken = take(part, from: left, extents) else { return nil }
            left = left.dropFirst(taken.count)
            front.append(taken)
        }
        if let open {
            for part in parts[(open + 1)...].reversed() {
                guard let taken = take(part, from: left.reversed()[...], extents) else { return nil }
                left = left.dropLast(taken.count)
                back.append(taken.reversed())
            }
            front.append(Array(left))
        } else {
            guard left.allSatisfy({ size($0, extents) == .known(1) }) else { return nil }
            if !front.isEmpty { front[front.count - 1] += left }
        }
        return AxisFactors(base: start.base, axes: (front + back.reversed()).map(AxisFactors.joined))
    }

    /// The factors from the front of `list` whose product is `part`.
    private func take(
        _ part: PartialInteger, from list: ArraySlice<AxisFactors.Factor>, _ extents: [PartialInteger]
    ) -> [AxisFactors.Factor]? {
        var taken: [AxisFactors.Factor] = []
        if part == .known(1) {
            return list.first.map { size($0, extents) == .known(1) ? [$0] : [] } ?? []
        }
        var product = PartialInteger.known(1)
        for factor in list {
            if product == part { break }
            taken.append(factor)
            product = .product(of: [product, size(factor, extents)])
        }
        return product == part ? taken : nil
    }

    /// The current node's result where `factors` say that it's the base itself or the base with axes repeated.
    func result(of factors: AxisFactors) throws(OsteonError) -> ValueID? {
        guard let times = factors.repetitions else { return nil }
        let axes = times.indices.filter { times[$0] != 1 }
        guard !axes.isEmpty else { return factors.base }
        let op = Resize(mode: .nearest, coordinateTransformation: .asymmetric, nearestMode: .floor, axes: axes)
        let scales = constant(try Tensor(axes.map { Float(times[$0]) }), "scales")
        let value = try result(op, [factors.base, nil, scales])
        self.factors[value] = factors
        if let extents = extents(of: factors.base) {
            noteExtents(zip(extents, times).map { .product(of: [$0, .known($1)]) }, of: value)
        }
        return value
    }
}
