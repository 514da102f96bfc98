import Bytes
import GraphIR
import Tensors

/// The place of the maximum along one axis, as `i64`: the first of equals, or the last with `selectLastIndex`.
/// A NaN counts as the maximum.
public struct ArgMax: ArgumentReduction {
    public var axis = 0
    public var keepDimensions = true
    public var selectLastIndex = false

    public init() {}

    public static func precedes<T: NumericElement>(_ a: T, _ b: T) -> Bool { a > b }
}
