/// Where a figure lies with a stated confidence, and how that was found.
public struct Interval: Sendable, Hashable {
    public enum Method: String, Sendable, CaseIterable {
        /// Percentiles of the figure over patients drawn with replacement (Efron 1979), interpolated between ranks.
        case bootstrapPercentile = "bootstrap-percentile"
        /// Normal, with the variance of DeLong, DeLong and Clarke-Pearson 1988; cut at 0 and 1.
        case deLong = "delong"
        /// Of a proportion (Wilson 1927).
        case wilson
    }

    public var lower: Double
    public var upper: Double
    /// From 0 to 1: 0.95.
    public var confidence: Double
    public var method: Method

    public init(lower: Double, upper: Double, confidence: Double, method: Method) {
        self.lower = lower
        self.upper = upper
        self.confidence = confidence
        self.method = method
    }

    public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
