import GraphIR

/// Running products along the axis given as an input (a scalar).
package struct CumProd: RunningTotal {
    package var exclusive = false
    package var reverse = false

    package init() {}
    package static func start<T: NumericElement>(_ type: T.Type) -> T { .one }
    package static func combine<T: NumericElement>(_ total: T, _ x: T) -> T { T.multiplying(total, x) }
}
