import Bytes
import GraphIR
import Tensors

/// An operator that some uses of may be written as a simpler one.
package protocol SimplifiableOperator: Operator {
    /// The simpler form of this use, where there's one.
    func simplified(_ context: InferenceContext) throws(OsteonError) -> SimplerForm?
}

/// A simpler operator on one of the inputs.
package struct SimplerForm {
    package var op: any Operator
    package var input: Int
    /// Whether it gives the same bits; else either zero may be the other.
    package var isExact: Bool

    package init(_ op: any Operator, of input: Int = 0, isExact: Bool = true) {
        self.op = op
        self.input = input
        self.isExact = isExact
    }
}

extension InferenceContext {
    /// The one number of a constant input, of no more axes than `other`.
    func number(_ index: Int, within other: Int) throws(OsteonError) -> Double? {
        guard let tensor = constant(index), constant(other) == nil, tensor.count == 1 else { return nil }
        guard tensor.rank <= optionalInput(other)?.rank ?? -1 else { return nil }
        return try tensor.doubles().first
    }
}
