import GraphIR

/// `y` is the least whole number not below `x`.
public struct Ceil: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { x.rounded(.up) }
}
