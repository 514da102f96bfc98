import GraphIR

/// `y = ⌊a / b⌋`, broadcast; integers give 0 for `b = 0`.
package struct FloorDivide: ElementwiseBinary {
    package init() {}
    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.floorDividing(a, b) }
}
