/// How far a result may lie from its reference: the one rule by which every check of Osteon decides.
///
/// A difference passes up to `absolute` or up to `relativeToMaximum · max|reference|`, the maximum over the whole tensor;
/// the wider of the two counts.
package struct Tolerance: Sendable, Hashable {
    /// The class's name; empty where the numbers are a caller's own.
    package var name: String
    package var absolute: Double
    package var relativeToMaximum: Double

    package init(name: String = "", absolute: Double = 0, relativeToMaximum: Double = 0) {
        self.name = name
        self.absolute = absolute
        self.relativeToMaximum = relativeToMaximum
    }

    /// Equal values (−0 equals 0, NaN equals NaN).
    package static let exact = Tolerance(name: "exact", absolute: 0, relativeToMaximum: 0)
    /// The same sums in another order, in `f32`.
    package static let close = Tolerance(name: "close", absolute: 1e-7, relativeToMaximum: 1e-5)
    /// A whole network in `f32` computed by other algorithms, or one operator by an approximation.
    package static let approximate = Tolerance(name: "approximate", absolute: 1e-5, relativeToMaximum: 1e-3)
    /// Weights or arithmetic in a 16-bit float.
    package static let half = Tolerance(name: "half", absolute: 1e-3, relativeToMaximum: 2e-2)

    package static let all: [Tolerance] = [.exact, .close, .approximate, .half]

    /// The class of this name, or nil.
    package static func named(_ name: String) -> Tolerance? { all.first { $0.name == name } }

    /// The largest difference that passes against a reference whose largest magnitude is `maximum`.
    package func limit(maximum: Double) -> Double {
        // An infinite factor times a maximum of 0 is no number.
        maximum > 0 ? max(absolute, relativeToMaximum * maximum) : absolute
    }
}
