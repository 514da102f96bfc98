import CKernels
import Testing

/// Matrix products and convolutions at sizes where tiles end, against plain loops.
@Suite struct ProductTests {
    /// Sizes around those of tiles and vectors, and empty ones.
    static let sizes: [(rows: Int, inner: Int, columns: Int)] = [
        (0, 3, 4), (3, 0, 4), (3, 4, 0), (1, 1, 1), (1, 5, 17), (3, 2, 7), (4, 8, 16), (5, 3, 33), (9, 7, 97), (8, 1, 96),
    ]

    @Test(arguments: Tier.available)
    func productsOfFloats(tier: Tier) throws {
        for (rows, inner, columns) in Self.sizes {
            for isTransposed in [false, true] {
                let batch = 3
                let a = noise(batch * rows * inner + 1, seed: 5)
                let b = noise(inner * columns + 1, seed: 6)
                var shape = osteon_gemm(
                    rows: rows, inner: inner, columns: columns, row_a: isTransposed ? 1 : inner, column_a: isTransposed ? rows : 1,
                    row_b: isTransposed ? 1 : columns, column_b: isTransposed ? inner : 1, alpha: 0.5)
                let offsets = (0..<batch).map { $0 * rows * inner }
                var wanted: [Double] = []
                for offset in offsets {
                    for i in 0..<rows {
                        for j in 0..<columns {
                            wanted.append(
                                0.5
                                    * (0..<inner).reduce(0.0) { sum, k in
                                        sum + Double(a[offset + i * shape.row_a + k * shape.column_a])
                                            * Double(b[k * shape.row_b + j * shape.column_b])
                                    })
                        }
                    }
                }
                for threads in [1, 3] {
                    let got = try written(batch * rows * columns, shift: 1, over: Float(99)) { c in
                        let bytes = osteon_gemm_scratch(tier.ops, &shape, batch, Int32(threads))
                        withUnsafeTemporaryAllocation(byteCount: max(bytes, 64), alignment: 64) { scratch in
                            osteon_gemm_run(
                                tier.ops, &shape, batch, offsets, [Int](repeating: 0, count: batch), a, b, c, scratch.baseAddress,
                                Int32(threads))
                        }
                    }
                    #expect(isClose(got, wanted, ulps: 64), "\(rows) × \(inner) × \(columns), transposed \(isTransposed)")
                }
            }
        }
    }

    /// Sums of bytes are exact; scales, biases and activations follow.
    @Test(arguments: Tier.available, [false, true])
    func productsOfBytes(tier: Tier, isSigned: Bool) throws {
        for (rows, inner, columns) in Self.sizes {
            let a = noise(rows * inner, seed: 7, reach: 128).map { UInt8(truncatingIfNeeded: Int($0)) }
            let b = noise(inner * columns + 1, seed: 8, reach: 127).map { Int8($0) }
            let zero: Int32 = isSigned ? -3 : 130
            let product = try #require(osteon_byte_product_make(b, 0, inner, columns, columns, 1, tier.ops))
            defer { osteon_byte_product_free(product) }
            var sums: [Int32] = []
            for i in 0..<rows {
                for j in 0..<columns {
                    sums.append(
                        (0..<inner).reduce(Int32(0)) { sum, k in
                            let byte = a[i * inner + k]
                            return sum + ((isSigned ? Int32(Int8(bitPattern: byte)) : Int32(byte)) - zero) * Int32(b[k * columns + j])
                        })
                }
            }
            var factors = osteon_byte_factors(
                rows: rows, element: isSigned ? OSTEON_I8 : OSTEON_U8, zero: zero, scale: nil, bias: nil,
                act: osteon_map(kind: OSTEON_RELU, alpha: 0, beta: 0), form_y: osteon_form(element: OSTEON_F32, scale: 1, zero: 0))
            let scratch = UnsafeMutableRawPointer.allocate(byteCount: osteon_byte_product_scratch(product, rows), alignment: 64)
            defer { scratch.deallocate() }
            for threads in [1, 3] {
                let got = try written(rows * columns, shift: 1, over: Int32(99)) {
                    osteon_byte_product_run(product, &factors, a, $0, scratch, Int32(threads))
                }
                #expect(got == sums, "\(rows) × \(inner) × \(columns)")
            }
            let scale = [Float](repeating: 0.25, count: columns + 1)
            let bias = [Float](repeating: 1, count: columns + 1)
            let scaled = try scale.withUnsafeBufferPointer { scale in
                try bias.withUnsafeBufferPointer { bias in
                    (factors.scale, factors.bias) = (scale.baseAddress, bias.baseAddress)
                    return try written(rows * columns, shift: 1, over: Float(99)) {
                        osteon_byte_product_run(product, &factors, a, $0, scratch, 2)
                    }
                }
            }
            #expect(isClose(scaled, sums.map { max(0, Double($0) * 0.25 + 1) }, ulps: 1))
        }
    }

    // MARK: Convolutions

    struct Window: Sendable {
        var input: [Int], kernel: [Int], stride: [Int], dilation: [Int], pad: [Int], padEnd: [Int]
        var channels = 2, filters = 3, groups = 1

        var output: [Int] {
            (0..<3).map { (input[$0] + pad[$0] + padEnd[$0] - (kernel[$0] - 1) * dilation[$0] - 1) / stride[$0] + 1 }
        }
    }

    static let windows = [
        Window(input: [1, 1, 1], kernel: [1, 1, 1], stride: [1, 1, 1], dilation: [1, 1, 1], pad: [0, 0, 0], padEnd: [0, 0, 0]),
        // Padding alone, more of it than input.
        Window(input: [1, 1, 1], kernel: [3, 3, 3], stride: [1, 1, 1], dilation: [1, 1, 1], pad: [2, 2, 2], padEnd: [2, 2, 2]),
        Window(input: [3, 4, 17], kernel: [3, 3, 3], stride: [1, 1, 1], dilation: [1, 1, 1], pad: [1, 1, 1], padEnd: [1, 1, 1]),
        Window(input: [2, 5, 33], kernel: [2, 3, 5], stride: [2, 1, 3], dilation: [1, 2, 1], pad: [0, 2, 4], padEnd: [1, 0, 0]),
        Window(input: [1, 7, 9], kernel: [1, 2, 2], stride: [1, 3, 2], dilation: [1, 1, 3], pad: [0, 0, 0], padEnd: [0, 0, 0]),
        Window(
            input: [1, 4, 16], kernel: [1, 3, 3], stride: [1, 1, 1], dilation: [1, 1, 1], pad: [0, 1, 1], padEnd: [0, 1, 1], channels: 6,
            filters: 6, groups: 6),
        Window(
            input: [1, 1, 65], kernel: [1, 1, 7], stride: [1, 1, 1], dilation: [1, 1, 1], pad: [0, 0, 3], padEnd: [0, 0, 3], channels: 4,
            filters: 18, groups: 2),
    ]

    private func plain(_ w: Window, _ x: [Float], _ weights: [Float], _ bias: [Float]) -> [Double] {
        let output = w.output
        let (perGroup, filtersPerGroup) = (w.channels / w.groups, w.filters / w.groups)
        let places = w.input.reduce(1, *)
        let taps = w.kernel.reduce(1, *)
        var result: [Double] = []
        for f in 0..<w.filters {
            for o0 in 0..<output[0] {
                for o1 in 0..<output[1] {
                    for o2 in 0..<output[2] {
                        var sum = Double(bias[f])
                        for c in 0..<perGroup {
                            for tap in 0..<taps {
                                let row = tap / w.kernel[2]
                                let k = [row / w.kernel[1], row % w.kernel[1], tap % w.kernel[2]]
                                let at = (0..<3).map { (axis: Int) -> Int in
                                    [o0, o1, o2][axis] * w.stride[axis] - w.pad[axis] + k[axis] * w.dilation[axis]
                                }
                                guard zip(at, w.input).allSatisfy({ $0 >= 0 && $0 < $1 }) else { continue }
                                let channel = f / filtersPerGroup * perGroup + c
                                let place = (at[0] * w.input[1] + at[1]) * w.input[2] + at[2]
                                sum += Double(x[channel * places + place]) * Double(weights[(f * perGroup + c) * taps + tap])
                            }
                        }
                        result.append(max(0, sum))
                    }
                }
            }
        }
        return result
    }

    @Test(arguments: Tier.available)
    func convolutions(tier: Tier) throws {
        for w in Self.windows {
            let triple = { (values: [Int]) in (Int32(values[0]), Int32(values[1]), Int32(values[2])) }
            var geometry = osteon_conv_geometry(
                channels: Int32(w.channels), filters: Int32(w.filters), groups: Int32(w.groups), input: triple(w.input),
                output: triple(w.output), kernel: triple(w.kernel), stride: triple(w.stride), dilation: triple(w.dilation),
                pad: triple(w.pad), transposed: 0)
            var storage = osteon_conv_storage(
                input: OSTEON_F32, output: OSTEON_F32, wide_weights: 0, output_zero: 0, output_scale: 1, filter_scale: nil,
                filter_start: nil)
            let x = noise(w.channels * w.input.reduce(1, *), seed: 9)
            let weights = noise(w.filters * w.channels / w.groups * w.kernel.reduce(1, *), seed: 10)
            let bias = noise(w.filters, seed: 11)
            let wanted = plain(w, x, weights, bias)
            for threads in [1, 3] {
                let conv = try #require(osteon_conv_make(&geometry, &storage, weights, bias, tier.ops, Int32(threads)))
                defer { osteon_conv_free(conv) }
                let scratch = UnsafeMutableRawPointer.allocate(byteCount: osteon_conv_scratch(conv) + 64, alignment: 64)
                defer { scratch.deallocate() }
                let got = try written(wanted.count, shift: 1, over: Float(99)) {
                    osteon_conv_run(conv, osteon_map(kind: OSTEON_RELU, alpha: 0, beta: 0), 0, x, $0, 1, scratch)
                }
                #expect(isClose(got, wanted, ulps: 256), "\(w), \(threads) threads")
            }
        }
    }
}
