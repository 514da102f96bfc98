import TestSupport
import Testing

@Suite struct ConversionTests {
    /// `f32` bits and the `f16` bits they round to (IEEE 754, to nearest even).
    static let halves: [(UInt32, UInt16)] = [
        (0x0000_0000, 0x0000), (0x8000_0000, 0x8000), (0x3F80_0000, 0x3C00), (0xC000_0000, 0xC000),
        (0x477F_E000, 0x7BFF), (0x477F_EFFF, 0x7BFF), (0x477F_F000, 0x7C00), (0x7F80_0000, 0x7C00), (0xFF80_0000, 0xFC00),
        (0x3F80_1000, 0x3C00), (0x3F80_1001, 0x3C01), (0x3F80_3000, 0x3C02),
        (0x3880_0000, 0x0400), (0x387F_C000, 0x03FF), (0x387F_E000, 0x0400), (0x3380_0000, 0x0001),
        (0x3300_0000, 0x0000), (0x3300_0001, 0x0001), (0x33C0_0000, 0x0002), (0x32FF_FFFF, 0x0000), (0x0000_0001, 0x0000),
        (0x7FC0_0000, 0x7E00), (0x7F80_0001, 0x7E00), (0xFFC0_0000, 0xFE00),
    ]
    /// `f32` bits and the `bf16` bits they round to.
    static let brains: [(UInt32, UInt16)] = [
        (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81), (0x3F81_8000, 0x3F82), (0x8000_0000, 0x8000),
        (0x7F7F_FFFF, 0x7F80), (0x7F7F_7FFF, 0x7F7F), (0x7F80_0000, 0x7F80), (0x7F80_0001, 0x7FC0), (0xFFC0_0000, 0xFFC0),
        (0x0000_0001, 0x0000), (0x0000_8000, 0x0000), (0x0000_8001, 0x0001),
    ]

    @Test(arguments: [ElementType.f16, .bf16])
    func roundsToNearestEven(_ type: ElementType) throws {
        let table = type == .f16 ? Self.halves : Self.brains
        // Alone, and in a run long enough for the wide path.
        for repeats in [1, 9] {
            for (source, expected) in table {
                let tensor = try Tensor([Float](repeating: Float(bitPattern: source), count: repeats)).converted(to: type)
                let elements = tensor.elements(UInt16.self)
                let bits = elements.indices.map { elements[$0] }
                #expect(bits == [UInt16](repeating: expected, count: repeats), "from \(String(source, radix: 16))")
            }
        }
    }

    @Test(arguments: [ElementType.f16, .bf16])
    func everyHalfSurvivesWidening(_ type: ElementType) throws {
        let all = try Tensor((0...UInt16.max).map { $0 })
        let halves = try Tensor(type, [65536], storage: all.storage)
        let back = try halves.converted(to: .f32).converted(to: type)
        let values = try halves.converted(to: .f32).array(Float.self)
        let (before, after) = (halves.elements(UInt16.self), back.elements(UInt16.self))
        for i in before.indices where !values[i].isNaN {
            let (a, b) = (before[i], after[i])
            #expect(a == b)
        }
    }

    @Test func floatsSaturateAsIntegers() throws {
        let tensor = try Tensor([Float.nan, .infinity, -.infinity, 1e20, -1.9, 255.5, 300])
        #expect(try tensor.converted(to: .u8).array(UInt8.self) == [0, 255, 0, 255, 0, 255, 255])
        #expect(try tensor.converted(to: .i64).array(Int64.self) == [0, .max, .min, .max, -1, 255, 300])
        #expect(try tensor.converted(to: .bool).array(Bool.self) == [true, true, true, true, true, true, true])
    }

    @Test func integersKeepTheirLowBits() throws {
        let tensor = try Tensor([Int64(-1), 256, 511])
        #expect(try tensor.converted(to: .u8).array(UInt8.self) == [255, 0, 255])
        #expect(try tensor.converted(to: .u64).array(UInt64.self) == [.max, 256, 511])
        #expect(try Tensor([true, false]).converted(to: .f16).doubles() == [1, 0])
    }

    @Test func hostileShapesAreErrors() {
        let onOverflow = errorCode { _ = try Tensor(zeros: .f32, [1 << 40, 1 << 40]) }
        #expect(onOverflow == .limitExceeded)
        let onNegative = errorCode { _ = try Tensor(zeros: .f32, [-1]) }
        #expect(onNegative == .malformed)
        let onHuge = errorCode { _ = try Tensor(zeros: .f64, [1 << 59]) }
        #expect(onHuge == .limitExceeded)
    }
}
