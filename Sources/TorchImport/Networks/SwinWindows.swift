import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// The windows of one stage of a Swin transformer, on values N × extents × features.
struct SwinWindows {
    private let extents: [Int]
    /// The windows' extents: those asked for, or the input's where it's smaller.
    private let window: [Int]
    /// The extents filled up to whole windows.
    private let padded: [Int]
    /// What the windows asked for would be, which the learned biases are stored for.
    private let whole: [Int]
    let shifts: [Int]
    private let builder: NetworkBuilder

    init(extents: [Int], window asked: [Int], builder: NetworkBuilder) {
        self.extents = extents
        self.builder = builder
        whole = asked
        window = zip(extents, asked).map(min)
        shifts = zip(extents, asked).map { $0 <= $1 ? 0 : $1 / 2 }
        padded = zip(extents, window).map { ($0 + $1 - 1) / $1 * $1 }
    }

    private var rank: Int { extents.count }
    private var tokens: Int { window.reduce(1, *) }
    private var counts: [Int] { zip(padded, window).map { $0 / $1 } }

    // MARK: Moving

    /// Windows × tokens × features, of the value filled up with zeros and rolled back by `shifts`.
    func partitioned(_ x: ValueID, _ features: Int, _ shifts: [Int], _ path: String) throws(OsteonError) -> ValueID {
        var value = x
        if padded != extents {
            builder.scope = "\(path).pad"
            let pads = [0] + builder.all(0) + [0, 0] + zip(padded, extents).map { $0 - $1 } + [0]
            value = try builder.result(Pad(), [value, builder.integers(pads, "pads")])
        }
        value = try rolled(value, shifts, "\(path).roll")
        let split = try builder.viewed(value, [0] + zip(counts, window).flatMap { [$0, $1] } + [features], "\(path).split")
        let order = [0] + (0..<rank).map { 1 + 2 * $0 } + (0..<rank).map { 2 + 2 * $0 } + [1 + 2 * rank]
        return try builder.viewed(builder.transposed(split, order, "\(path).windows"), [-1, tokens, features], path)
    }

    /// The way back.
    func joined(_ x: ValueID, _ features: Int, _ shifts: [Int], _ path: String) throws(OsteonError) -> ValueID {
        let split = try builder.viewed(x, [-1] + counts + window + [features], "\(path).windows")
        let order = [0] + (0..<rank).flatMap { [1 + $0, 1 + rank + $0] } + [1 + 2 * rank]
        var value = try builder.viewed(builder.transposed(split, order, "\(path).split"), [-1] + padded + [features], path)
        value = try rolled(value, zip(padded, shifts).map { $1 == 0 ? 0 : $0 - $1 }, "\(path).roll")
        guard padded != extents else { return value }
        builder.scope = "\(path).crop"
        return try builder.result(
            Slice(),
            [
                value, builder.integers(builder.all(0), "starts"), builder.integers(extents, "ends"),
                builder.integers(Array(1...rank), "axes"),
            ])
    }

    /// Each axis' first places, as many as its shift says, put behind the others.
    private func rolled(_ x: ValueID, _ shifts: [Int], _ path: String) throws(OsteonError) -> ValueID {
        var value = x
        for (axis, shift) in shifts.enumerated() where shift > 0 {
            builder.scope = "\(path).\(axis)"
            let sizes = try builder.integers([shift, padded[axis] - shift], "sizes")
            let parts = try builder.steps("part", Split(axis: axis + 1), [value, sizes], count: 2)
            value = try builder.result(Concat(axis: axis + 1), [parts[1], parts[0]])
        }
        return value
    }

    // MARK: Scores

    /// The scores with the learned bias of relative places, and where shifting brought places together that aren't
    /// neighbours, minus 100.
    func biased(_ scores: ValueID, _ path: String, heads: Int, isMasked: Bool) throws(OsteonError) -> ValueID {
        let places = try Checked.product(whole.map { 2 * $0 - 1 })
        let table = try builder.parameter("\(path).relative_position_bias_table", [places, heads])
        builder.scope = "\(path).bias"
        let byHead = try builder.permuted(table, [1, 0])
        let index = builder.constant(try Tensor(relativePlaces(Checked.product(window)), shape: [tokens, tokens]), "places")
        let bias = try builder.result(Gather(axis: 1), [byHead, index])
        let sum = try builder.sum(scores, bias, "\(path).biased")
        guard isMasked else { return sum }
        builder.scope = "\(path).mask"
        let regions = try regions()
        let count = counts.reduce(1, *)
        let rows = builder.constant(try Tensor(regions, shape: [count, 1, tokens, 1]), "rows")
        let columns = builder.constant(try Tensor(regions, shape: [count, 1, 1, tokens]), "columns")
        let isSame = try builder.step("is_same", Equal(), [rows, columns])
        let mask = try builder.result(
            Where(), [isSame, builder.scalar(0, like: scores, "same"), builder.scalar(-100, like: scores, "other")])
        let byWindow = try builder.viewed(sum, [-1, count, heads, tokens, tokens], "\(path).by_window")
        return try builder.viewed(builder.sum(byWindow, mask, "\(path).masked"), [-1, heads, tokens, tokens], "\(path).scores_masked")
    }

    /// For each pair of the first tokens of a whole window the place of their difference in the table. (MONAI takes them so
    /// for smaller windows too, although the tokens lie elsewhere there.)
    private func relativePlaces(_ tokens: Int) throws(OsteonError) -> [Int32] {
        var result: [Int32] = []
        try result.reserveBudgeted(Checked.multiply(tokens, tokens))
        let places = (0..<tokens).map { place(of: $0, in: whole) }
        for a in places {
            for b in places {
                var index = 0
                for axis in 0..<rank { index = index * (2 * whole[axis] - 1) + a[axis] - b[axis] + whole[axis] - 1 }
                result.append(Int32(truncatingIfNeeded: index))
            }
        }
        return result
    }

    /// Row-major coordinates.
    private func place(of index: Int, in shape: [Int]) -> [Int] {
        var rest = index
        var result = [Int](repeating: 0, count: shape.count)
        for axis in shape.indices.reversed() { (rest, result[axis]) = rest.quotientAndRemainder(dividingBy: shape[axis]) }
        return result
    }

    /// The region of each token of each window: places that were neighbours before the shift have the same.
    private func regions() throws(OsteonError) -> [Int32] {
        var result: [Int32] = []
        try result.reserveBudgeted(Checked.product(counts + window))
        for number in 0..<counts.reduce(1, *) {
            let which = place(of: number, in: counts)
            for token in 0..<tokens {
                let inside = place(of: token, in: window)
                var region: Int32 = 0
                for axis in 0..<rank {
                    let position = which[axis] * window[axis] + inside[axis]
                    let part = position < padded[axis] - window[axis] ? 0 : position < padded[axis] - shifts[axis] ? 1 : 2
                    region = region * 3 + Int32(shifts[axis] == 0 ? 0 : part)
                }
                result.append(region)
            }
        }
        return result
    }
}
