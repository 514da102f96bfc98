import CKernels
import Glibc
import Testing

/// Loops over whole tensors: extents of 0 and 1, rows around a vector's and a chunk's length, and the same bits for every number of threads.
@Suite struct TensorLoopTests {
    static let shapes = [(0, 3, 4), (2, 0, 4), (2, 3, 0), (1, 1, 1), (3, 1, 5), (1, 7, 1), (2, 5, 17), (1, 3, 1025), (5, 1100, 1)]

    @Test(arguments: Tier.available)
    func softmaxAlongTheMiddle(tier: Tier) throws {
        for (outer, extent, inner) in Self.shapes {
            let x = noise(outer * extent * inner, reach: 20)
            for logarithm in [false, true] {
                let run = { (threads: Int32) in
                    try written(x.count, shift: 1, over: Float(99)) {
                        osteon_softmax(tier.ops, x, $0, outer, extent, inner, logarithm ? 1 : 0, threads)
                    }
                }
                let got = try run(1)
                #expect(try run(3) == got)
                var wanted = [Double](repeating: 0, count: x.count)
                for o in 0..<outer {
                    for i in 0..<inner {
                        let places = (0..<extent).map { (o * extent + $0) * inner + i }
                        let most = places.map { Double(x[$0]) }.max() ?? 0
                        let sum = places.reduce(0) { $0 + exp(Double(x[$1]) - most) }
                        for place in places {
                            wanted[place] = logarithm ? Double(x[place]) - most - log(sum) : exp(Double(x[place]) - most) / sum
                        }
                    }
                }
                #expect(isClose(got, wanted, ulps: 16), "\(outer) × \(extent) × \(inner)")
            }
        }
    }

    @Test(arguments: Tier.available)
    func reductionsAndLargestPlaces(tier: Tier) throws {
        for (outer, extent, inner) in Self.shapes {
            let x = noise(outer * extent * inner).map { ($0 * 4).rounded() }
            let rows = outer * extent
            if inner > 0 {
                let sums = try written(rows, shift: 1, over: Float(99)) { osteon_reduce_rows(tier.ops, x, $0, rows, inner, 0, 0.5, 3) }
                #expect(sums == (0..<rows).map { 0.5 * x[$0 * inner..<($0 + 1) * inner].reduce(0, +) })
                let largest = try written(rows, shift: 1, over: Float(99)) { osteon_reduce_rows(tier.ops, x, $0, rows, inner, 1, 1, 3) }
                #expect(largest == (0..<rows).map { x[$0 * inner..<($0 + 1) * inner].max() ?? 0 })
            }
            guard extent > 0 else { continue }
            for last in [false, true] {
                let got = try written(outer * inner, shift: 1, over: Int64(99)) {
                    osteon_argmax(tier.ops, x, $0, outer, extent, inner, last ? 1 : 0, 2)
                }
                let wanted = (0..<outer * inner).map { place -> Int64 in
                    let line = (0..<extent).map { x[(place / inner * extent + $0) * inner + place % inner] }
                    let most = line.max()
                    return Int64((last ? line.lastIndex { $0 == most } : line.firstIndex { $0 == most }) ?? -1)
                }
                #expect(got == wanted)
            }
        }
    }

    @Test(arguments: Tier.available)
    func normalizations(tier: Tier) throws {
        for (rows, channels, width) in [(0, 2, 3), (2, 1, 1), (2, 3, 7), (1, 2, 16_390)] {
            let x = noise(rows * channels * width).map { $0 + 100 }
            let scale = noise(channels, seed: 2)
            let bias = noise(channels, seed: 3)
            let run = { (threads: Int32) in
                try scale.withUnsafeBufferPointer { scale in
                    try bias.withUnsafeBufferPointer { bias in
                        let form = osteon_form(element: OSTEON_F32, scale: 1, zero: 0)
                        var norm = osteon_group_norm(
                            batch: rows, groups: 1, channels: channels, width: width, epsilon: 1e-5, scale: scale.baseAddress,
                            bias: bias.baseAddress, act: osteon_map(kind: OSTEON_RELU, alpha: 0, beta: 0), form_x: form, form_y: form)
                        let scratch = UnsafeMutableRawPointer.allocate(byteCount: osteon_group_norm_scratch(&norm) + 64, alignment: 64)
                        defer { scratch.deallocate() }
                        return try written(x.count, shift: 1, over: Float(99)) {
                            osteon_group_norm_run(tier.ops, &norm, x, $0, scratch, threads)
                        }
                    }
                }
            }
            let got = try run(1)
            #expect(try run(3) == got)
            let size = channels * width
            let groups = (0..<rows).map { row -> (mean: Double, deviation: Double) in
                let values = x[row * size..<(row + 1) * size].map(Double.init)
                let mean = values.reduce(0, +) / Double(size)
                return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size) + 1e-5).squareRoot())
            }
            let wanted = x.indices.map { place -> Double in
                let (group, c) = (groups[place / size], place / width % channels)
                return max(0, (Double(x[place]) - group.mean) / group.deviation * Double(scale[c]) + Double(bias[c]))
            }
            #expect(isClose(got, wanted, ulps: 200), "\(rows) × \(channels) × \(width)")
        }
    }

    /// Operands that are repeated along axes, and rows that are cut among threads.
    @Test(arguments: Tier.available)
    func broadcastPairs(tier: Tier) throws {
        let form = osteon_form(element: OSTEON_F32, scale: 1, zero: 0)
        for (outer, width, stepA, stepB) in [(0, 5, 1, 1), (3, 0, 1, 1), (3, 1, 1, 0), (2, 33, 1, 0), (2, 33, 0, 1), (1, 40_001, 1, 1)] {
            var shape = osteon_zip_shape()
            shape.rank = 1
            shape.extent.0 = outer
            shape.stride_a.0 = width
            // One row for all.
            shape.stride_b.0 = 0
            (shape.width, shape.step_a, shape.step_b) = (width, stepA, stepB)
            (shape.form_a, shape.form_b, shape.form_y) = (form, form, form)
            let a = noise(outer * width + 1)
            let b = noise(width + 1, seed: 2)
            let wanted = (0..<outer * width).map { place in
                max(0, a[place / width * width + place % width * stepA] - b[place % width * stepB])
            }
            for threads in [1, 4] {
                let got = try written(outer * width, shift: 1, over: Float(99)) {
                    osteon_zip_all(
                        tier.ops, OSTEON_SUBTRACT, osteon_map(kind: OSTEON_RELU, alpha: 0, beta: 0), a, b, $0, &shape, Int32(threads))
                }
                #expect(got == wanted, "\(outer) × \(width) on \(threads) threads")
            }
        }
    }

    /// Rows read backwards, with gaps, and long enough to be cut; elements of every size.
    @Test func blocksAreCopied() throws {
        for (rows, count, isReversed, gap) in [
            (0, 4, false, 1), (3, 0, false, 1), (1, 1, true, 1), (3, 5, true, 2), (2, (1 << 18) + 77, true, 1),
        ] {
            let from = (0..<max(1, rows * count * gap)).map { UInt16(truncatingIfNeeded: $0) }
            var block = osteon_block()
            block.rank = 2
            block.element = 2
            (block.extent.0, block.extent.1) = (rows, count)
            (block.from_stride.0, block.from_stride.1) = (count * gap * 2, isReversed ? -gap * 2 : gap * 2)
            (block.to_stride.0, block.to_stride.1) = (count * 2, 2)
            let first = isReversed ? max(0, count - 1) * gap : 0
            let got = try written(rows * count, over: UInt16(99)) { to in
                from.withUnsafeBufferPointer { osteon_copy_block(&block, $0.baseAddress! + first, to, 3) }
            }
            let wanted = (0..<rows * count).map { place in
                from[place / max(1, count) * count * gap + first + place % count * (isReversed ? -gap : gap)]
            }
            #expect(got == wanted, "\(rows) × \(count)")
        }
    }
}
