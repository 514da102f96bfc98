import GraphIR

/// `y = x · max(0, min(1, x / 6 + 0.5))`.
package struct HardSwish: ElementwiseUnary {
    package init() {}
    package func apply<T: FloatElement>(_ x: T) -> T { x * HardSigmoid(alpha: 1.0 / 6, beta: 0.5).apply(x) }
}
