import Tensors
import Verification

/// One output held against its reference.
public struct OutputResult: Sendable {
    /// The output's name.
    public var name: String
    /// The largest difference of an element.
    public var maximumError: Double
    /// The same, relative to the reference's largest magnitude.
    public var relativeError: Double
    /// Signal to noise in decibels; infinite where nothing differs, NaN where no number was compared.
    public var decibels: Double
    /// What `maximumError` may be.
    public var tolerance: Double
    /// Whether no element differs by more, and NaN and infinity stand in the same places.
    public var passed: Bool

    init(_ check: OutputCheck) {
        name = check.name
        maximumError = check.comparison.maximumAbsoluteError
        relativeError = check.comparison.maximumRelativeToMaximum
        decibels = check.comparison.signalToNoiseDecibels
        tolerance = check.tolerance
        passed = check.passed
    }
}
