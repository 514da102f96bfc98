import Bytes
import Tensors

/// One output held against its reference.
package struct OutputCheck: Sendable {
    package var name: String
    package var comparison: TensorComparison
    /// The largest absolute difference allowed.
    package private(set) var tolerance = 0.0
    package private(set) var passed = false
    private let isExact: Bool

    /// Compares `actual` with `expected`: passed where no element differs by more than the tolerance, and NaN and
    /// infinity stand in the same places.
    ///
    /// An integer or bool reference is met exactly. The shapes may differ in leading or trailing extents of 1 (a
    /// reference often lacks the batch axis).
    package init(name: String, actual: Tensor, expected: Tensor, within tolerance: Tolerance) throws(OsteonError) {
        self.name = name
        var actual = actual
        if actual.shape != expected.shape {
            guard actual.shape.filter({ $0 != 1 }) == expected.shape.filter({ $0 != 1 }) else {
                throw OsteonError(
                    .verificationFailed, "Output \(name) has the shape \(actual.shape), its reference \(expected.shape).")
            }
            actual = try actual.reshaped(expected.shape)
        }
        comparison = try TensorComparison(actual, reference: expected)
        isExact = !expected.elementType.isFloat
        hold(to: tolerance)
    }

    /// Decides anew by another tolerance.
    package mutating func hold(to tolerance: Tolerance) {
        self.tolerance = isExact ? 0 : tolerance.limit(maximum: comparison.maximumMagnitude)
        // A tolerance without bound allows any difference of numbers, but no number in place of a NaN.
        passed = comparison.nonFiniteMismatchCount == 0 && comparison.maximumAbsoluteError <= self.tolerance
    }
}
