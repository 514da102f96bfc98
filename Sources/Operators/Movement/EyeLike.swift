import Bytes
import GraphIR
import Tensors

/// A matrix of the input's shape with ones on the diagonal `k` places to the right of the main one, zeros elsewhere.
package struct EyeLike: Operator {
    /// The type of the result; nil for the input's.
    package var elementType: ElementType?
    package var k = 0

    package init() {}
    package init(elementType: ElementType?, k: Int = 0) {
        self.elementType = elementType
        self.k = k
    }

    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("element_type", &elementType)
        try visitor.visit("k", &k)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard x.rank ?? 2 == 2 else { throw invalidGraph("Needs a matrix, not \(x).") }
        return [TensorType(elementType ?? x.elementType, x.shape ?? [.unknown, .unknown])]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let type = elementType ?? x.elementType
        let y = try context.makeOutput(0, type, x.shape)
        let one = try Tensor(scalar: Float(1)).converted(to: type)
        try dispatchWidth(type, Body(one: one, y: y, k: k))
    }

    private struct Body: WidthBody {
        let one: Tensor, y: Tensor, k: Int

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            var result = y.mutableElements(T.self)
            let value = one.elements(T.self)[0]
            let columns = y.shape[1]
            for i in result.indices { result[i] = i % columns - i / columns == k ? value : 0 }
        }
    }
}
