import GraphIR

/// Running products along the axis given as an input (a scalar).
public struct CumProd: RunningTotal {
    public var exclusive = false
    public var reverse = false

    public init() {}
    public static func start<T: NumericElement>(_ type: T.Type) -> T { .one }
    public static func combine<T: NumericElement>(_ total: T, _ x: T) -> T { T.multiplying(total, x) }
}
