import Bytes
import CKernels

extension Tensor {
    /// The elements converted to another type; itself where the type is the same already.
    ///
    /// Float to integer truncates towards zero and saturates at the target's range, NaN becomes 0; integer to
    /// narrower integer keeps the low bits; anything non-zero is true. Floats round to nearest even, `f64` to a
    /// 16-bit type by way of `f32`.
    package func converted(to target: ElementType) throws(OsteonError) -> Tensor {
        if target == elementType { return self }
        if elementType.isHalf, target != .f32 { return try converted(to: .f32).converted(to: target) }
        if target.isHalf, elementType != .f32 { return try converted(to: .f32).converted(to: target) }
        let result = try Tensor(uninitialized: target, shape)
        convert(into: result)
        return result
    }

    private func convert(into result: Tensor) {
        switch (elementType, result.elementType) {
        case (.f16, _):
            unsafe convertInC(UInt16.self, Float.self, result) { unsafe osteon_f16_to_f32($0, $1, $2) }
        case (.bf16, _):
            unsafe convertInC(UInt16.self, Float.self, result) { unsafe osteon_bf16_to_f32($0, $1, $2) }
        case (_, .f16):
            unsafe convertInC(Float.self, UInt16.self, result) { unsafe osteon_f32_to_f16($0, $1, $2) }
        case (_, .bf16):
            unsafe convertInC(Float.self, UInt16.self, result) { unsafe osteon_f32_to_bf16($0, $1, $2) }
        case (.f64, _): fromFloat(Double.self, into: result)
        case (.f32, _): fromFloat(Float.self, into: result)
        case (.i64, _): fromInteger(Int64.self, into: result)
        case (.i32, _): fromInteger(Int32.self, into: result)
        case (.i16, _): fromInteger(Int16.self, into: result)
        case (.i8, _): fromInteger(Int8.self, into: result)
        case (.u64, _): fromInteger(UInt64.self, into: result)
        case (.u32, _): fromInteger(UInt32.self, into: result)
        case (.u16, _): fromInteger(UInt16.self, into: result)
        case (.u8, _), (.bool, _): fromInteger(UInt8.self, into: result)
        }
    }

    private func fromFloat<S: BinaryFloatingPoint & BitwiseCopyable>(_: S.Type, into result: Tensor) {
        switch result.elementType {
        case .f64: map(S.self, into: result) { Double($0) }
        case .f32: map(S.self, into: result) { Float($0) }
        case .i64: map(S.self, into: result) { saturating($0, Int64.self) }
        case .i32: map(S.self, into: result) { saturating($0, Int32.self) }
        case .i16: map(S.self, into: result) { saturating($0, Int16.self) }
        case .i8: map(S.self, into: result) { saturating($0, Int8.self) }
        case .u64: map(S.self, into: result) { saturating($0, UInt64.self) }
        case .u32: map(S.self, into: result) { saturating($0, UInt32.self) }
        case .u16: map(S.self, into: result) { saturating($0, UInt16.self) }
        case .u8: map(S.self, into: result) { saturating($0, UInt8.self) }
        case .bool: map(S.self, into: result) { $0 != 0 }
        case .f16, .bf16: break  // went by way of f32
        }
    }

    private func fromInteger<S: FixedWidthInteger & BitwiseCopyable>(_: S.Type, into result: Tensor) {
        switch result.elementType {
        case .f64: map(S.self, into: result) { Double($0) }
        case .f32: map(S.self, into: result) { Float($0) }
        case .i64: map(S.self, into: result) { Int64(truncatingIfNeeded: $0) }
        case .i32: map(S.self, into: result) { Int32(truncatingIfNeeded: $0) }
        case .i16: map(S.self, into: result) { Int16(truncatingIfNeeded: $0) }
        case .i8: map(S.self, into: result) { Int8(truncatingIfNeeded: $0) }
        case .u64: map(S.self, into: result) { UInt64(truncatingIfNeeded: $0) }
        case .u32: map(S.self, into: result) { UInt32(truncatingIfNeeded: $0) }
        case .u16: map(S.self, into: result) { UInt16(truncatingIfNeeded: $0) }
        case .u8: map(S.self, into: result) { UInt8(truncatingIfNeeded: $0) }
        case .bool: map(S.self, into: result) { $0 != 0 }
        case .f16, .bf16: break  // went by way of f32
        }
    }

    @inline(__always)
    private func map<S: BitwiseCopyable, D: BitwiseCopyable>(_: S.Type, into result: Tensor, _ body: (S) -> D) {
        let source = elements(S.self)
        var destination = result.mutableElements(D.self)
        precondition(source.count == destination.count)  // so that the loop below has no checks
        for i in source.indices { destination[i] = body(source[i]) }
    }

    /// Converts by a C function of source, destination and count.
    private func convertInC<S: BitwiseCopyable, D: BitwiseCopyable>(
        _: S.Type, _: D.Type, _ result: Tensor, _ body: (UnsafePointer<S>?, UnsafeMutablePointer<D>?, Int) -> Void
    ) {
        withExtendedLifetime((self, result)) {
            unsafe body(unsafeElements(S.self).baseAddress, result.unsafeMutableElements(D.self).baseAddress, count)
        }
    }
}

/// `value` truncated towards zero, clamped to the range of `I`; 0 for NaN.
@inline(__always)
private func saturating<S: BinaryFloatingPoint, I: FixedWidthInteger>(_ value: S, _: I.Type) -> I {
    if value.isNaN { return 0 }
    let low = S(I.min)
    let high = S(I.max)
    if value <= low { return I.min }
    if value >= high { return I.max }
    return I(value)
}
