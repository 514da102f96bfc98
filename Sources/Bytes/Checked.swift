/// Arithmetic on sizes that come from a file: overflow is an error, never a trap.
@usableFromInline package enum Checked {
    @inlinable
    package static func add(_ a: Int, _ b: Int) throws(OsteonError) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        if overflow { throw tooLarge("\(a) + \(b)") }
        return sum
    }

    @inlinable
    package static func subtract(_ a: Int, _ b: Int) throws(OsteonError) -> Int {
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        if overflow { throw tooLarge("\(a) - \(b)") }
        return difference
    }

    @inlinable
    package static func multiply(_ a: Int, _ b: Int) throws(OsteonError) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        if overflow { throw tooLarge("\(a) × \(b)") }
        return product
    }

    /// The product of `factors`; 1 for none. A negative factor is an error.
    @inlinable
    package static func product(_ factors: some Sequence<Int>) throws(OsteonError) -> Int {
        var result = 1
        for factor in factors {
            if factor < 0 { throw OsteonError(.malformed, "A negative size (\(factor)) in a shape.") }
            result = try multiply(result, factor)
        }
        return result
    }

    /// The sum of `terms`, none of which may be negative.
    @inlinable
    package static func sum(_ terms: some Sequence<Int>) throws(OsteonError) -> Int {
        var result = 0
        for term in terms {
            if term < 0 { throw OsteonError(.malformed, "A negative size (\(term)) in a list of sizes.") }
            result = try add(result, term)
        }
        return result
    }

    /// `value` rounded up to a multiple of `alignment` (a positive number).
    @inlinable
    package static func roundUp(_ value: Int, to alignment: Int) throws(OsteonError) -> Int {
        if alignment <= 0 { throw OsteonError(.malformed, "An alignment must be positive, not \(alignment).") }
        let remainder = value % alignment
        return remainder == 0 ? value : try add(value, alignment - remainder)
    }

    /// `value` as an `Int`, or an error where it doesn't fit.
    @inlinable
    package static func int(_ value: some BinaryInteger) throws(OsteonError) -> Int {
        guard let result = Int(exactly: value) else { throw tooLarge("\(value)") }
        return result
    }

    /// `value` as an `Int`, or an error where it isn't a whole number in range.
    @inlinable
    package static func int(_ value: some BinaryFloatingPoint) throws(OsteonError) -> Int {
        guard let result = Int(exactly: value) else {
            throw OsteonError(.malformed, "\(value) is not a whole number in range.")
        }
        return result
    }

    /// `value` rounded, as an `Int`; an error where it's NaN, infinite or too large for one.
    @inlinable
    package static func int<T: BinaryFloatingPoint>(
        rounding value: T, _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
    ) throws(OsteonError) -> Int {
        guard let result = Int(exactly: value.rounded(rule)) else { throw tooLarge("\(value)") }
        return result
    }

    /// `value` rounded and held between bounds, whatever it is; NaN gives the lower one.
    @inlinable
    package static func clamped<T: BinaryFloatingPoint>(
        _ value: T, to bounds: ClosedRange<Int>, _ rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero
    ) -> Int {
        let rounded = value.rounded(rule)
        if let whole = Int(exactly: rounded) { return Swift.min(Swift.max(whole, bounds.lowerBound), bounds.upperBound) }
        return rounded > 0 ? bounds.upperBound : bounds.lowerBound
    }

    @inlinable
    static func tooLarge(_ what: String) -> OsteonError {
        OsteonError(.limitExceeded, "A size is out of range (\(what)); the file is damaged or not meant for this machine.")
    }
}

extension FixedWidthInteger {
    /// The bytes as files of the usual order have them, the lowest first.
    package var littleEndianBytes: [UInt8] { stride(from: 0, to: Self.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: self >> $0) } }
}
