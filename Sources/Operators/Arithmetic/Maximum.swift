import Bytes
import GraphIR

/// `y = max(a, b)`, broadcast; NaN where either is.
package struct Maximum: ElementwiseBinary, SimplifiableOperator {
    package init() {}
    package var traits: OperatorTraits { [.elementwise, .safeInHalves, .monotonic] }
    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0, 1] }
    /// The other operand where one is 0.
    package func simplified(_ context: InferenceContext) throws(OsteonError) -> SimplerForm? {
        if try context.number(1, within: 0) == 0 { return SimplerForm(Relu(), isExact: false) }
        return try context.number(0, within: 1) == 0 ? SimplerForm(Relu(), of: 1, isExact: false) : nil
    }

    package func apply<T: NumericElement>(_ a: T, _ b: T) -> T { T.greater(a, b) }
}
