import Bytes
import GraphIR
import Tensors

/// True where `x` is an infinity of a sign that is looked for.
package struct IsInf: Operator {
    package var detectNegative = true
    package var detectPositive = true

    package init() {}
    package init(detectNegative: Bool = true, detectPositive: Bool = true) {
        self.detectNegative = detectNegative
        self.detectPositive = detectPositive
    }
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .elementwise }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("detect_negative", &detectNegative)
        try visitor.visit("detect_positive", &detectPositive)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [TensorType(.bool, try inferFloat(context).shape)]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, .bool, x.shape)
        try dispatchFloat(x.elementType, Body(x: x, y: y, negative: detectNegative, positive: detectPositive))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, negative: Bool, positive: Bool
        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(Bool.self)
            for i in 0..<source.count {
                destination[i] = positive && source[i] == .infinity || negative && source[i] == -.infinity
            }
        }
    }
}
