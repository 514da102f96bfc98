import Bytes
import GraphIR
import Tensors

/// The p-norm of all elements of each channel; the spatial axes become 1.
package struct GlobalLpPool: Operator {
    package var p = 2

    package init() {}
    package init(p: Int) { self.p = p }

    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("p", &p)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        guard p >= 1 else { throw invalidGraph("p can't be \(p).") }
        return [try Pooling.globalType(context.floatInput())]
    }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? { .spatial(context) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        try dispatchFloat(x.elementType, Body(x: x, y: y, p: p))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, p: Int

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let volume = result.isEmpty ? 0 : source.count / result.count
            for plane in result.indices {
                var norm = PNorm(p)
                for i in plane * volume..<(plane + 1) * volume { norm.add(Double(source[i])) }
                result[plane] = T(norm.value)
            }
        }
    }
}
