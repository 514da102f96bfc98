import Bytes
import GraphIR
import Tensors

/// The place of the minimum along one axis, as `i64`: the first of equals, or the last with `selectLastIndex`.
/// A NaN counts as the minimum.
package struct ArgMin: ArgumentReduction {
    package var axis = 0
    package var keepDimensions = true
    package var selectLastIndex = false

    package init() {}

    package static func precedes<T: NumericElement>(_ a: T, _ b: T) -> Bool { a < b }
}
