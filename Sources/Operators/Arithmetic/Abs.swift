import GraphIR

/// `y = |x|`; the least signed integer stays itself.
public struct Abs: ElementwiseNumeric {
    public init() {}
    public func apply<T: NumericElement>(_ x: T) -> T { T.absolute(x) }
}
