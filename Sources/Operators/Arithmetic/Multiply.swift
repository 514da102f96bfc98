import Bytes
import GraphIR

/// `y = a · b`, broadcast; integers wrap.
package struct Multiply: AffineArithmetic {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative, .safeInHalves] }
    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try neutralOperand(context, eitherSide: true) { (value, _) in value == 1 }
    }

    package var multiplies: Bool { true }
    package func step(constant: Double, isFirst: Bool) -> AffineStep? { AffineStep(scale: constant) }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.multiplying(a, b) }
}
