import GraphIR

/// `y` is the greatest whole number not above `x`.
public struct Floor: ElementwiseUnary {
    public init() {}
    public func apply<T: FloatElement>(_ x: T) -> T { x.rounded(.down) }
}
