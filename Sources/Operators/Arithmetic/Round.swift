import GraphIR

/// `y` is the nearest whole number, halves to even.
public struct Round: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { x.rounded(.toNearestOrEven) }
}
