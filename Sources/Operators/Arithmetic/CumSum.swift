import GraphIR

/// Running sums along the axis given as an input (a scalar).
public struct CumSum: RunningTotal {
    public var exclusive = false
    public var reverse = false

    public init() {}
    public static func start<T: NumericElement>(_ type: T.Type) -> T { .zero }
    public static func combine<T: NumericElement>(_ total: T, _ x: T) -> T { T.adding(total, x) }
}
