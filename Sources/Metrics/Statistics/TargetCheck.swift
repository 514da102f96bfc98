/// A result held to a documented figure. The figure is the documented one itself: none is ever worked out from others.
package struct TargetCheck: Sendable {
    /// `dice` or `auc`.
    package var metric: String
    /// What the figure is of: a structure, a finding, or a mean.
    package var name: String
    package var documented: Double
    /// How far below the documented figure a result may stay.
    package var tolerance: Double
    /// NaN where the data gave none.
    package var measured: Double
    package var interval: Interval?
    /// Cases the result is from.
    package var cases: Int

    package init(
        metric: String, name: String, documented: Double, tolerance: Double, measured: Double, interval: Interval?, cases: Int
    ) {
        self.metric = metric
        self.name = name
        self.documented = documented
        self.tolerance = tolerance
        self.measured = measured
        self.interval = interval
        self.cases = cases
    }

    /// Whether the result reaches the documented figure, less the tolerance. One that's missing doesn't.
    package var isMet: Bool { measured >= documented - tolerance }

    /// Whether the cases are too few to decide: the interval holds the figure to reach.
    package var isUncertain: Bool { interval?.contains(documented - tolerance) ?? true }
}
