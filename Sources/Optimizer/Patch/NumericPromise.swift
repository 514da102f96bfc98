/// What a rewrite promises about the numbers; `EquivalenceCheck` holds it to that.
package enum NumericPromise: Sendable, Hashable {
    /// Every bit stays as it was.
    case bitExact
    /// No element of a replaced value moves by more than `relative` times the largest magnitude in its tensor.
    case rounding(relative: Double)
    /// Numbers change on purpose (quantisation): judged by metrics, not here.
    case lossy
}

extension NumericPromise: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bitExact: "bit-exact"
        case .rounding(let relative): "rounding within \(relative)"
        case .lossy: "lossy"
        }
    }
}
