import GraphIR

/// `y = a / b`, broadcast; integers truncate towards zero and give 0 for `b = 0`.
public struct Divide: ElementwiseBinary {
    public init() {}
    public func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.dividing(a, b) }
}
