import Bytes
import GraphIR
import Tensors

/// True where `x` is false.
package struct Not: Operator {
    package init() {}
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { [.elementwise, .monotonic] }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.elementType == .bool else { throw OsteonError(.invalidGraph, "The input is \(x); it must be bool.") }
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try require(x.elementType == .bool, .invalidGraph, "The input is \(x.type); it must be bool.")
        let y = try context.makeOutput(0, .bool, x.shape)
        let source = x.elements(UInt8.self)
        var destination = y.mutableElements(UInt8.self)
        for i in 0..<source.count { destination[i] = source[i] == 0 ? 1 : 0 }
    }
}
