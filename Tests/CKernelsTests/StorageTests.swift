import CKernels
import Testing

/// Conversions between floats, halves and quantised bytes.
@Suite struct StorageTests {
    /// Float of a 16-bit pattern by its definition.
    private func half(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Float(bits & 1023)
        if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
        return sign * (exponent == 0 ? fraction * 0x1p-24 : Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction))
    }

    private func same(_ a: Float, _ b: Float) -> Bool { a == b && a.sign == b.sign || a.isNaN && b.isNaN }

    @Test func everyHalfIsReadAndWrittenBack() throws {
        let all = (0...UInt16.max).map { $0 }
        let floats = try written(all.count, shift: 1, over: Float(99)) { osteon_f16_to_f32(all, $0, all.count) }
        #expect(zip(all, floats).allSatisfy { same(half($0), $1) })
        let back = try written(all.count, shift: 1, over: UInt16(99)) { osteon_f32_to_f16(floats, $0, all.count) }
        #expect(zip(all, back).allSatisfy { half($0).isNaN ? half($1).isNaN : $0 == $1 })
        let brains = try written(all.count, shift: 1, over: Float(99)) { osteon_bf16_to_f32(all, $0, all.count) }
        #expect(zip(all, brains).allSatisfy { same(Float(bitPattern: UInt32($0) << 16), $1) })
        let again = try written(all.count, shift: 1, over: UInt16(99)) { osteon_f32_to_bf16(brains, $0, all.count) }
        #expect(zip(all, again).allSatisfy { Float(bitPattern: UInt32($0) << 16).isNaN ? $1 & 0x7FFF > 0x7F80 : $0 == $1 })
    }

    @Test func halvesAreRoundedToEvenAtEverySize() throws {
        // Half a step above an even and an odd number, just below and above it, too large, too small.
        let x: [Float] = [
            1 + 0x1p-11, 1 + 0x1p-10 + 0x1p-11, 1 + 0x1p-11 + 0x1p-20, 1 + 0x1p-11 - 0x1p-20, 65519.9, 65520, 0x1p-25, 0x1.8p-25,
        ]
        let wanted: [UInt16] = [0x3C00, 0x3C02, 0x3C01, 0x3C00, 0x7BFF, 0x7C00, 0, 1]
        let brains: [Float] = [1 + 0x1p-8, 1 + 0x1p-7 + 0x1p-8, 3.4e38]
        for count in 0...35 {
            let source = (0..<count).map { x[$0 % x.count] }
            let got = try written(count, shift: 1, over: UInt16(99)) { osteon_f32_to_f16(source, $0, count) }
            #expect(got == (0..<count).map { wanted[$0 % x.count] })
            let other = (0..<count).map { brains[$0 % 3] }
            let short = try written(count, shift: 1, over: UInt16(99)) { osteon_f32_to_bf16(other, $0, count) }
            #expect(short == (0..<count).map { [UInt16(0x3F80), 0x3F82, 0x7F80][$0 % 3] })
        }
    }

    @Test func threadsAndPiecesConvertTheSame() throws {
        let count = 2 * (1 << 15) + 77
        let x = noise(count)
        let one = try written(count, over: UInt16(99)) { osteon_convert_all(OSTEON_F32, x, OSTEON_F16, $0, count, 1) }
        let many = try written(count, over: UInt16(99)) { osteon_convert_all(OSTEON_F32, x, OSTEON_F16, $0, count, 5) }
        let whole = try written(count, over: UInt16(99)) { osteon_f32_to_f16(x, $0, count) }
        #expect(one == whole && many == whole)
    }

    // MARK: Bytes

    /// Rounded to even and held within the type; NaN is the zero point.
    private func quantized(_ x: Float, _ scale: Float, _ zero: Int32, isSigned: Bool) -> UInt8 {
        let limits: ClosedRange<Float> = isSigned ? -128...127 : 0...255
        let steps = x.isNaN ? 0 : (x / scale).rounded(.toNearestOrEven)
        let value = min(max(steps + Float(zero), limits.lowerBound), limits.upperBound)
        return UInt8(truncatingIfNeeded: Int(value))
    }

    @Test(arguments: Tier.available)
    func bytesAtEverySize(tier: Tier) throws {
        let loops = tier.loops
        for (element, isSigned, zero) in [
            (OSTEON_U8, false, Int32(128)), (OSTEON_U8, false, 0), (OSTEON_I8, true, 0), (OSTEON_I8, true, -7),
        ] {
            for count in tier.counts {
                let specials: [Float] = [.nan, .infinity, -.infinity, 0.125, 0.375, -0.125, 1e30, -1e30, 0]
                let x = (0..<count).map { $0 % 3 == 0 ? specials[$0 / 3 % specials.count] : noise(count, reach: 60)[$0] }
                let got = try written(count, shift: 3, over: UInt8(99)) { loops.quantize(element, x, 0.25, zero, $0, count) }
                #expect(got == x.map { quantized($0, 0.25, zero, isSigned: isSigned) }, "\(count) with zero point \(zero)")
                let back = try written(count, shift: 1, over: Float(99)) { loops.dequantize(element, got, 0.25, zero, $0, count) }
                #expect(back == got.map { Float((isSigned ? Int32(Int8(bitPattern: $0)) : Int32($0)) - zero) * 0.25 })
            }
        }
    }

    /// [outer][extent][inner] with a scale an index of the middle axis.
    @Test(arguments: Tier.available)
    func scalesFollowTheMiddleAxis(tier: Tier) throws {
        let scale: [Float] = [0.5, 0.25, 2]
        let zero: [Int32] = [0, 3, 128]
        for (outer, inner) in [(0, 5), (2, 0), (1, 1), (2, 33), (1, 70_000)] {
            let count = outer * 3 * inner
            let x = noise(count, reach: 30)
            for threads in [1, 3] {
                var got: [UInt8] = []
                try scale.withUnsafeBufferPointer { scales in
                    try zero.withUnsafeBufferPointer { zeros in
                        var grid = osteon_grid(
                            element: OSTEON_U8, outer: outer, extent: 3, inner: inner, scale: scales.baseAddress, zero: zeros.baseAddress)
                        got = try written(count, over: UInt8(99)) { osteon_quantize_all(tier.ops, &grid, x, $0, Int32(threads)) }
                    }
                }
                let isRight = got.indices.allSatisfy { place in
                    let k = place / inner % 3
                    return got[place] == quantized(x[place], scale[k], zero[k], isSigned: false)
                }
                #expect(isRight, "\(outer) × 3 × \(inner) on \(threads) threads")
            }
        }
    }

    @Test func tablesLookUpEveryByte() throws {
        let table = (0..<256).map { UInt8(255 - $0) }
        for count in [0, 1, 255, 256, (1 << 15) + 1] {
            let x = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
            let got = try written(count, shift: 1, over: UInt8(99)) { osteon_lookup_all(table, x, $0, count, 3) }
            #expect(got == x.map { 255 - $0 })
        }
    }
}
