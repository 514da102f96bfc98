/// Where a figure lies with a stated confidence, and how that was found.
package struct Interval: Sendable, Hashable {
    package enum Method: String, Sendable, CaseIterable {
        /// Percentiles of the figure over patients drawn with replacement (Efron 1979), interpolated between ranks.
        case bootstrapPercentile = "bootstrap-percentile"
        /// Normal, with the variance of DeLong, DeLong and Clarke-Pearson 1988; cut at 0 and 1.
        case deLong = "delong"
        /// Of a proportion (Wilson 1927).
        case wilson
    }

    package var lower: Double
    package var upper: Double
    /// From 0 to 1: 0.95.
    package var confidence: Double
    package var method: Method

    package init(lower: Double, upper: Double, confidence: Double, method: Method) {
        self.lower = lower
        self.upper = upper
        self.confidence = confidence
        self.method = method
    }

    package func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
