/// How far a result may lie from its reference, as a named class: tests and checks choose a class, not a number.
///
/// A difference passes up to `absolute + relativeToMaximum · max|reference|`, the maximum over the whole tensor.
public struct Tolerance: Sendable, Hashable {
    public var name: String
    public var absolute: Double
    public var relativeToMaximum: Double

    public init(name: String, absolute: Double, relativeToMaximum: Double) {
        self.name = name
        self.absolute = absolute
        self.relativeToMaximum = relativeToMaximum
    }

    /// Equal values (−0 equals 0, NaN equals NaN).
    public static let exact = Tolerance(name: "exact", absolute: 0, relativeToMaximum: 0)
    /// The same sums in another order, in `f32`.
    public static let close = Tolerance(name: "close", absolute: 1e-7, relativeToMaximum: 1e-5)
    /// A whole network in `f32` computed by other algorithms, or one operator by an approximation.
    public static let approximate = Tolerance(name: "approximate", absolute: 1e-5, relativeToMaximum: 1e-3)
    /// Weights or arithmetic in a 16-bit float.
    public static let half = Tolerance(name: "half", absolute: 1e-3, relativeToMaximum: 2e-2)

    public static let all: [Tolerance] = [.exact, .close, .approximate, .half]

    /// The class of this name, or nil.
    public static func named(_ name: String) -> Tolerance? { all.first { $0.name == name } }

    /// The largest difference that passes against a reference whose largest magnitude is `maximum`.
    public func limit(maximum: Double) -> Double { absolute + relativeToMaximum * maximum }
}
