import Bytes
import GraphIR

/// `y = a + b`, broadcast; integers wrap.
package struct Add: AffineArithmetic {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .commutative, .safeInHalves] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0, 1] }
    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try neutralOperand(context, eitherSide: true) { (value, isFloat) in value == 0 && (!isFloat || value.sign == .minus) }
    }

    /// Sums of two values; one with a constant is part of another layer, or cheap.
    package func layer(_ context: InferenceContext) -> LayerTraits? {
        guard context.inputs.indices.allSatisfy({ context.constant($0) == nil }) else { return nil }
        var result = LayerTraits(.addition)
        result.dataInputs = [0, 1]
        return result
    }

    package var multiplies: Bool { false }
    package func step(constant: Double, isFirst: Bool) -> AffineStep? { AffineStep(shift: constant) }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.adding(a, b) }
}
