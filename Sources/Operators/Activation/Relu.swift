import GraphIR

/// `y = max(x, 0)`; also for integers.
public struct Relu: ElementwiseNumeric {
    public init() {}
    public func apply<T: NumericElement>(_ x: T) -> T { x < .zero ? .zero : x }
}
