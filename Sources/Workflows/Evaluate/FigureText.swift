import Bytes
import Metrics

/// Figures as people read them.
enum FigureText {
    static func figure(_ value: Double) -> String {
        value.isNaN ? "—" : value.isInfinite ? "∞" : rounded(value, 4)
    }

    static func signed(_ value: Double) -> String {
        value.isNaN ? "—" : (value < 0 ? "−" : "+") + figure(abs(value))
    }

    static func interval(_ interval: Interval) -> String { "\(figure(interval.lower)) – \(figure(interval.upper))" }
    static func interval(_ interval: Interval, signed isSigned: Bool) -> String { "\(signed(interval.lower)) … \(signed(interval.upper))" }
    static func percent(_ share: Double) -> String { "\(plain((share * 1000).rounded() / 10)) % interval" }
    static func share(_ value: Double) -> String { value.isNaN ? "—" : "\(rounded(value * 100, 1)) %" }
    static func plain(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? value.description }

    static func verdict(_ check: TargetCheck) -> String {
        check.measured.isNaN
            ? "not measured"
            : check.isMet
                ? (check.isUncertain ? "reached, within the interval" : "reached")
                : (check.isUncertain ? "missed, within the interval" : "missed")
    }

    private static func rounded(_ value: Double, _ digits: Int) -> String { (value < 0 ? "−" : "") + String(abs(value), digits: digits) }
}
