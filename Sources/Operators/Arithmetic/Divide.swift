import Bytes
import GraphIR

/// `y = a / b`, broadcast; integers truncate towards zero and give 0 for `b = 0`.
package struct Divide: AffineArithmetic {
    package init() {}
    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try neutralOperand(context) { (value, _) in value == 1 }
    }

    package var multiplies: Bool { true }
    package func step(constant: Double, isFirst: Bool) -> AffineStep? { isFirst ? nil : AffineStep(scale: 1 / constant) }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.dividing(a, b) }
}
