import CKernels
import Glibc
import Testing

/// The elementwise loops of every tier against the same formulas in double precision.
@Suite struct MapTests {
    /// Each kind with parameters, what it computes, and whether it takes positive numbers only.
    static let maps: [(osteon_map_kind, Float, Float, @Sendable (Double) -> Double, Bool)] = [
        (OSTEON_NONE, 0, 0, { $0 }, false), (OSTEON_RELU, 0, 0, { max($0, 0) }, false),
        (OSTEON_LEAKY_RELU, 0.25, 0, { $0 < 0 ? 0.25 * $0 : $0 }, false), (OSTEON_CLIP, -1, 2, { min(max($0, -1), 2) }, false),
        (OSTEON_SIGMOID, 0, 0, { 1 / (1 + exp(-$0)) }, false), (OSTEON_TANH, 0, 0, { tanh($0) }, false),
        (OSTEON_ELU, 0.5, 0, { $0 < 0 ? 0.5 * expm1($0) : $0 }, false),
        (OSTEON_SELU, 1.5, 1.25, { 1.25 * ($0 < 0 ? 1.5 * expm1($0) : $0) }, false),
        (OSTEON_CELU, 2, 0, { $0 < 0 ? 2 * expm1($0 / 2) : $0 }, false),
        (OSTEON_HARD_SIGMOID, 0.25, 0.5, { min(max(0.25 * $0 + 0.5, 0), 1) }, false),
        (OSTEON_HARD_SWISH, 0, 0, { $0 * min(max($0 / 6 + 0.5, 0), 1) }, false),
        (OSTEON_SWISH, 1.5, 0, { $0 / (1 + exp(-1.5 * $0)) }, false), (OSTEON_SOFTPLUS, 0, 0, { log1p(exp($0)) }, false),
        (OSTEON_SOFTSIGN, 0, 0, { $0 / (1 + abs($0)) }, false), (OSTEON_MISH, 0, 0, { $0 * tanh(log1p(exp($0))) }, false),
        (OSTEON_GELU_ERF, 0, 0, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }, false),
        (OSTEON_GELU_TANH, 0, 0, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }, false),
        (OSTEON_ERF, 0, 0, { erf($0) }, false), (OSTEON_EXP, 0, 0, { exp($0) }, false), (OSTEON_LOG, 0, 0, { log($0) }, true),
        (OSTEON_SQRT, 0, 0, { $0.squareRoot() }, true), (OSTEON_RECIPROCAL, 0, 0, { 1 / $0 }, true),
        (OSTEON_ABS, 0, 0, { abs($0) }, false), (OSTEON_NEGATE, 0, 0, { -$0 }, false),
        (OSTEON_THRESHOLDED_RELU, 1, 0, { $0 > 1 ? $0 : 0 }, false),
    ]

    @Test(arguments: Tier.available)
    func mapsAtEverySize(tier: Tier) throws {
        let loops = tier.loops
        for (kind, alpha, beta, formula, isPositive) in Self.maps {
            for count in tier.counts {
                let x = noise(count + 1).map { isPositive ? abs($0) + 0.01 : $0 }
                let wanted = x.dropFirst().map { formula(Double($0)) }
                for shift in [0, 1, 3] {
                    let apart = try written(count, shift: shift, over: Float(99)) { y in
                        x.withUnsafeBufferPointer {
                            loops.map(osteon_map(kind: kind, alpha: alpha, beta: beta), $0.baseAddress! + 1, y, count)
                        }
                    }
                    #expect(isClose(apart, wanted), "map \(kind.rawValue) of \(count)")
                }
                let inPlace = try written(count, shift: 1, over: Float(99)) { y in
                    for (place, value) in x.dropFirst().enumerated() { y[place] = value }
                    loops.map(osteon_map(kind: kind, alpha: alpha, beta: beta), y, y, count)
                }
                #expect(isClose(inPlace, wanted), "map \(kind.rawValue) of \(count) in place")
            }
        }
    }

    @Test(arguments: Tier.available)
    func pairsAtEverySize(tier: Tier) throws {
        let loops = tier.loops
        let formulas: [(osteon_zip_kind, (Double, Double) -> Double)] = [
            (OSTEON_ADD, { $0 + $1 }), (OSTEON_SUBTRACT, { $0 - $1 }), (OSTEON_MULTIPLY, { $0 * $1 }), (OSTEON_DIVIDE, { $0 / $1 }),
            (OSTEON_MINIMUM, { min($0, $1) }), (OSTEON_MAXIMUM, { max($0, $1) }), (OSTEON_PRELU, { $0 < 0 ? $0 * $1 : $0 }),
        ]
        for (kind, formula) in formulas {
            for count in tier.counts {
                let a = noise(count + 1, seed: 1)
                let b = noise(count + 1, seed: 2).map { abs($0) + 0.5 }
                for (stepA, stepB) in [(1, 1), (1, 0), (0, 1), (0, 0)] {
                    let got = try written(count, shift: 1, over: Float(99)) { loops.zip(kind, a, stepA, b, stepB, $0, count) }
                    let wanted = (0..<count).map { formula(Double(a[$0 * stepA]), Double(b[$0 * stepB])) }
                    #expect(isClose(got, wanted, ulps: 1), "\(kind.rawValue) of \(count), steps \(stepA) and \(stepB)")
                }
            }
        }
    }

    @Test(arguments: Tier.available)
    func affineAndSumsAtEverySize(tier: Tier) throws {
        let loops = tier.loops
        for count in tier.counts {
            let x = noise(count + 1)
            try x.withUnsafeBufferPointer { buffer in
                let start = buffer.baseAddress! + 1
                let values = x.dropFirst().map(Double.init)
                let affine = try written(count, shift: 1, over: Float(99)) { loops.affine(start, 0.5, 2, -1, $0, count) }
                #expect(isClose(affine, values.map { ($0 - 0.5) * 2 - 1 }, ulps: 2))
                #expect(abs(loops.sum(start, count) - values.reduce(0, +)) < 1e-12)
                let squares = values.reduce(0) { $0 + ($1 - 0.25) * ($1 - 0.25) }
                #expect(abs(loops.sum_squared_deviation(start, 0.25, count) - squares) < 1e-5 * max(1, squares))
                #expect(loops.maximum(start, count) == x.dropFirst().max() ?? -.infinity)
                var total = 0.0
                let shifted = try written(count, shift: 3, over: Float(99)) { total = loops.exp_shifted(start, 4, $0, count) }
                #expect(isClose(shifted, values.map { exp($0 - 4) }))
                #expect(abs(total - shifted.reduce(0) { $0 + Double($1) }) < 1e-6)
            }
        }
    }

    @Test(arguments: Tier.available)
    func runningMaximaAtEverySize(tier: Tier) throws {
        let loops = tier.loops
        for count in tier.counts {
            let x = noise(count, seed: 3)
            let m = noise(count, seed: 4)
            let largest = try written(count, shift: 1, over: Float(99)) { y in
                for place in 0..<count { y[place] = m[place] }
                loops.maximum_into(x, y, count)
            }
            #expect(largest == zip(x, m).map { max($0, $1) })
            var sums = [Float](repeating: 1, count: count + 1)
            let powers = try written(count, shift: 1, over: Float(99)) { loops.exp_shifted_into(x, m, $0, &sums, count) }
            #expect(isClose(powers, zip(x, m).map { exp(Double($0) - Double($1)) }))
            #expect(isClose(Array(sums.prefix(count)), powers.map { 1 + Double($0) }, ulps: 1) && sums[count] == 1)
            // Equal elements and NaN: NaN is the largest, the first or the last one.
            for (orEqual, wanted) in [(Int32(0), [Int32(7), 2, 2, 7]), (1, [2, 2, 2, 2])] {
                var best: [Float] = [1, 1, 1, .nan]
                var index = [Int32](repeating: 7, count: 4)
                loops.argmax_into([1, 2, .nan, .nan], &best, &index, 2, orEqual, 4)
                #expect(index == wanted)
            }
        }
    }

    /// NaN stays NaN, and what overflows becomes what it should, at every place of a vector and behind its end.
    @Test(arguments: Tier.available)
    func specialNumbersKeepTheirMeaning(tier: Tier) throws {
        let specials: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 100, -100, 3e38]
        for (kind, alpha, beta, formula, isPositive) in Self.maps where !isPositive {
            let x = (0..<2 * tier.lanes + 3).map { specials[$0 % specials.count] }
            let got = try written(x.count, over: Float(99)) {
                tier.loops.map(osteon_map(kind: kind, alpha: alpha, beta: beta), x, $0, x.count)
            }
            for (x, got) in zip(x, got) {
                if x.isNaN {
                    // Comparisons with NaN are false, so a threshold gives 0.
                    #expect(got.isNaN || kind == OSTEON_THRESHOLDED_RELU, "map \(kind.rawValue) of NaN is \(got)")
                } else if x.isFinite {
                    let wanted = formula(Double(x))
                    let isSame = isClose([got], [wanted]) || !got.isFinite && abs(wanted) > 3e38
                    #expect(isSame, "map \(kind.rawValue) of \(x) is \(got), not \(wanted)")
                }
            }
        }
    }
}
