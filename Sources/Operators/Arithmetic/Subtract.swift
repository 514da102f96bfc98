import GraphIR

/// `y = a − b`, broadcast; integers wrap.
public struct Subtract: ElementwiseBinary {
    public init() {}
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.subtracting(a, b) }
}
