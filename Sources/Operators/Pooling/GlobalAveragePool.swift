import Bytes
import GraphIR
import Tensors

/// The mean of all elements of each channel; the spatial axes become 1.
package struct GlobalAveragePool: Operator {
    package init() {}
    package static var signature: Signature { .unary }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [try Pooling.globalType(context.floatInput())]
    }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? { .spatial(context) }
    package func layer(_ context: InferenceContext) -> LayerTraits? { LayerTraits(.pooling) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        try dispatchFloat(x.elementType, Body(x: x, y: y))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let volume = result.isEmpty ? 0 : source.count / result.count
            for plane in result.indices {
                var sum = 0.0
                for i in plane * volume..<(plane + 1) * volume { sum += Double(source[i]) }
                result[plane] = T(sum / Double(volume))
            }
        }
    }
}
