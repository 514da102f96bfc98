import Bytes
import Glibc

/// How values become places along an axis.
package enum ChartScaleKind: Sendable {
    case linear
    /// For positive values over many decades; what isn't positive stands at the lower end.
    case logarithmic
}

/// An axis: the range it covers, and where its marks are.
struct ChartScale {
    let kind: ChartScaleKind
    let low: Double, high: Double
    let ticks: [Double]

    /// Values beyond this stand at the ends of an axis, as infinite ones do.
    private static let largest = 1e100

    /// An axis over the finite ones of `values`, its ends at marks.
    /// - Parameters:
    ///   - range: ends the axis shall have at any rate.
    ///   - includesZero: whether a linear axis begins at 0.
    init(_ kind: ChartScaleKind, _ values: [Double], range: ClosedRange<Double>? = nil, includesZero: Bool = false) {
        self.kind = kind
        var finite = (values + (range.map { [$0.lowerBound, $0.upperBound] } ?? [])).filter { abs($0) < Self.largest }
        switch kind {
        case .linear:
            if includesZero { finite.append(0) }
            (low, high, ticks) = Self.linear(finite.min() ?? 0, finite.max() ?? 1)
        case .logarithmic:
            finite = finite.filter { $0 > 1 / Self.largest }
            (low, high, ticks) = Self.decades(finite.min() ?? 0.1, finite.max() ?? 1)
        }
    }

    /// The place of a value, 0 at the lower end, 1 at the upper; values beyond stand at the ends.
    func position(_ value: Double) -> Double {
        guard !value.isNaN else { return 0 }
        let place =
            switch kind {
            case .linear: (value - low) / (high - low)
            case .logarithmic: value > 0 ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : 0
            }
        return min(1, max(0, place))
    }

    func label(_ tick: Double) -> String {
        switch kind {
        case .logarithmic:
            let exponent = Self.exponent(log10(tick) + 1e-9, .down)
            let factor = Checked.clamped(tick / pow(10, Double(exponent)), to: 0...10)
            return factor == 1 ? Self.power(exponent) : "\(factor)·" + Self.power(exponent)
        case .linear:
            let step = ticks.count > 1 ? abs(ticks[1] - ticks[0]) : 1
            let digits = Checked.clamped(-log10(step), to: 0...9, .up)
            return String(tick == 0 ? 0 : tick, digits: digits)
        }
    }

    /// A power of ten that a double can be near to.
    private static func exponent(_ value: Double, _ rule: FloatingPointRoundingRule) -> Int { Checked.clamped(value, to: -330...309, rule) }

    private static func power(_ exponent: Int) -> String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        let text = String(String(exponent.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } })
        return exponent == 0 ? "1" : exponent == 1 ? "10" : "10" + (exponent < 0 ? "⁻" : "") + text
    }

    /// Four to eight marks at multiples of 1, 2 or 5 times a power of ten.
    private static func linear(_ low: Double, _ high: Double) -> (Double, Double, [Double]) {
        let span = high > low ? high - low : max(abs(high), 1)
        let power = pow(10, floor(log10(span / 5)))
        guard power.isFinite, power > 0 else { return (low, low + 1, [low, low + 1]) }
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { span / $0 <= 7 } ?? 10 * power
        // An end that is a mark but for rounding stays one.
        let first = floor(low / step + 1e-9)
        let last = max(first + 1, ceil(high / step - 1e-9))
        guard last - first < 1000 else { return (low, low + span, [low, low + span]) }
        let ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
        return (first * step, last * step, ticks)
    }

    private static func decades(_ low: Double, _ high: Double) -> (Double, Double, [Double]) {
        // The least value has a bar too.
        let first = exponent(log10(low), .up) - 1
        let last = max(first + 1, exponent(log10(high), .up))
        let step = max(1, (last - first + 7) / 8)
        var ticks = stride(from: first, through: last, by: step).map { pow(10, Double($0)) }
        // Few powers of ten need marks between them.
        if last - first <= 3 { ticks = ticks.dropLast().flatMap { [$0, 2 * $0, 5 * $0] } + ticks.suffix(1) }
        return (pow(10, Double(first)), pow(10, Double(last)), ticks)
    }
}
