import Bytes
import Glibc

/// How a result differs from its reference, computed in `Double`.
///
/// NaN against NaN and equal infinities count as equal, and are counted, since they say nothing about the numbers; NaN against a
/// number, or an infinity against anything else, is an infinite error. Neither are in the sums (mean, cosine, SQNR), and cosine and
/// SQNR are NaN where a pair differs so, or where no pair of numbers was there. The two may have different element types.
package struct TensorComparison: Sendable {
    /// Elements compared.
    package private(set) var count = 0
    /// `max |a − b|`.
    package private(set) var maximumAbsoluteError = 0.0
    /// Where that is, as a row-major index; nil where all elements are equal.
    package private(set) var worstIndex: Int?
    /// `max |b|` over the finite elements of the reference.
    package private(set) var maximumMagnitude = 0.0
    /// Pairs of which one is NaN, or which hold an infinity without being equal.
    package private(set) var nonFiniteMismatchCount = 0
    /// Pairs that are NaN in both or the same infinity in both.
    package private(set) var nonFiniteMatchCount = 0
    /// Pairs of numbers: what was compared.
    package private(set) var finiteCount = 0
    private var errorSum = 0.0, errorSquares = 0.0
    private var products = 0.0, resultSquares = 0.0, referenceSquares = 0.0
    /// Elements not within the tolerance asked about; nil where none was.
    package private(set) var mismatchCount: Int?

    /// Compares `result` (a) with `reference` (b). Neither is kept.
    /// - Parameter tolerance: also count the elements not within it.
    /// - Throws: `.verificationFailed` where the shapes differ.
    package init(_ result: Tensor, reference: Tensor, counting tolerance: Tolerance? = nil) throws(OsteonError) {
        guard result.shape == reference.shape else {
            throw OsteonError(.verificationFailed, "The result has shape \(result.shape), its reference \(reference.shape).")
        }
        let (a, b) = try Self.alike(result, reference)
        count = result.count
        switch a.elementType {
        case .f32: accumulateFloats(Float.self, a, b)
        case .f64: accumulateFloats(Double.self, a, b)
        case .i64: accumulateIntegers(Int64.self, a, b)
        case .i32: accumulateIntegers(Int32.self, a, b)
        case .i16: accumulateIntegers(Int16.self, a, b)
        case .i8: accumulateIntegers(Int8.self, a, b)
        case .u64: accumulateIntegers(UInt64.self, a, b)
        case .u32: accumulateIntegers(UInt32.self, a, b)
        case .u16: accumulateIntegers(UInt16.self, a, b)
        case .u8, .bool: accumulateIntegers(UInt8.self, a, b)
        case .f16, .bf16: break  // widened by `alike`
        }
        if let tolerance { mismatchCount = passes(tolerance) ? 0 : try Self.mismatches(a, b, tolerance.limit(maximum: maximumMagnitude)) }
    }

    /// `max |a − b| / max |b|`; 0 where nothing differs.
    package var maximumRelativeToMaximum: Double { maximumAbsoluteError == 0 ? 0 : maximumAbsoluteError / maximumMagnitude }

    /// The mean of `|a − b|`.
    package var meanAbsoluteError: Double { finiteCount == 0 ? 0 : errorSum / Double(finiteCount) }

    /// Whether cosine and SQNR mean something: all pairs are numbers or alike, and some are numbers.
    private var hasRatios: Bool { nonFiniteMismatchCount == 0 && (finiteCount > 0 || count == 0) }

    /// `a·b / (|a| |b|)`; 1 where both are zero, 0 where one is, NaN where no number was compared.
    package var cosine: Double {
        guard hasRatios else { return .nan }
        if resultSquares == 0, referenceSquares == 0 { return 1 }
        if resultSquares == 0 || referenceSquares == 0 { return 0 }
        return errorSquares == 0 ? 1 : products / (resultSquares.squareRoot() * referenceSquares.squareRoot())
    }

    /// `Σ b²` and `Σ (a − b)²` over the finite pairs: what ratios over several tensors are made of.
    package var signalEnergy: Double { referenceSquares }
    package var noiseEnergy: Double { errorSquares }

    /// Signal to noise, `10 log₁₀(Σb² / Σ(a − b)²)`; infinite where nothing differs, NaN where no number was compared.
    package var signalToNoiseDecibels: Double {
        !hasRatios ? .nan : errorSquares == 0 ? .infinity : 10 * log10(referenceSquares / errorSquares)
    }

    /// What has to be said beside the figures: that values weren't numbers in both, and so weren't compared. nil where all were.
    package var remark: String? {
        if nonFiniteMatchCount == 0 { return nil }
        if finiteCount == 0, nonFiniteMismatchCount == 0 {
            return "all \(count) values are NaN or infinite in both, in the same way: no number was compared"
        }
        return "\(nonFiniteMatchCount) of \(count) values are NaN or infinite in both, in the same way; \(finiteCount) were compared"
    }

    /// Whether every element is within `tolerance`.
    package func passes(_ tolerance: Tolerance) -> Bool {
        nonFiniteMismatchCount == 0 && maximumAbsoluteError <= tolerance.limit(maximum: maximumMagnitude)
    }

    /// The two in one element type this type computes on: their own, or `f32` for 16-bit floats, else `f64`.
    private static func alike(_ a: Tensor, _ b: Tensor) throws(OsteonError) -> (Tensor, Tensor) {
        let left = a.elementType.isHalf ? try a.converted(to: .f32) : a
        let right = b.elementType.isHalf ? try b.converted(to: .f32) : b
        if left.elementType == right.elementType { return (left, right) }
        return (try left.converted(to: .f64), try right.converted(to: .f64))
    }

    private mutating func accumulateFloats<T: BinaryFloatingPoint & BitwiseCopyable>(
        _: T.Type, _ result: Tensor, _ reference: Tensor
    ) {
        let left = result.elements(T.self)
        let right = reference.elements(T.self)
        for i in left.indices {
            let a = Double(left[i])
            let b = Double(right[i])
            let error = abs(a - b)
            if error.isFinite, a.isFinite {
                add(a, b, error, at: i)
            } else if a == b || (a.isNaN && b.isNaN) {
                nonFiniteMatchCount += 1
            } else {
                nonFiniteMismatchCount += 1
                if maximumAbsoluteError < .infinity {
                    maximumAbsoluteError = .infinity
                    worstIndex = i
                }
            }
        }
    }

    private mutating func accumulateIntegers<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ result: Tensor, _ reference: Tensor
    ) {
        let left = result.elements(T.self)
        let right = reference.elements(T.self)
        for i in left.indices {
            let a = left[i]
            let b = right[i]
            let error = a == b ? 0 : Double(UInt64(truncatingIfNeeded: a > b ? a &- b : b &- a) & UInt64(T.Magnitude.max))
            add(Double(a), Double(b), error, at: i)
        }
    }

    @inline(__always)
    private mutating func add(_ a: Double, _ b: Double, _ error: Double, at index: Int) {
        if error > maximumAbsoluteError {
            maximumAbsoluteError = error
            worstIndex = index
        }
        maximumMagnitude = max(maximumMagnitude, abs(b))
        finiteCount += 1
        errorSum += error
        errorSquares += error * error
        products += a * b
        resultSquares += a * a
        referenceSquares += b * b
    }

    private static func mismatches(_ a: Tensor, _ b: Tensor, _ limit: Double) throws(OsteonError) -> Int {
        zip(try a.doubles(), try b.doubles()).reduce(0) { found, pair in
            let (x, y) = pair
            return x == y || (x.isNaN && y.isNaN) || abs(x - y) <= limit ? found : found + 1
        }
    }
}
