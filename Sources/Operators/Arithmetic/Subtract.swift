import Bytes
import GraphIR

/// `y = a − b`, broadcast; integers wrap.
package struct Subtract: AffineArithmetic {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0, 1] }
    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try neutralOperand(context) { (value, isFloat) in value == 0 && (!isFloat || value.sign == .plus) }
    }

    package var multiplies: Bool { false }
    package func step(constant: Double, isFirst: Bool) -> AffineStep? {
        isFirst ? AffineStep(scale: -1, shift: constant) : AffineStep(shift: -constant)
    }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.subtracting(a, b) }
}
