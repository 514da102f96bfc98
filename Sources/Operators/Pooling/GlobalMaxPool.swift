import Bytes
import GraphIR
import Tensors

/// The largest element of each channel (NaN wins over all); the spatial axes become 1.
package struct GlobalMaxPool: Operator {
    package init() {}
    package static var signature: Signature { .unary }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [try Pooling.globalType(context.input(0))]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([0], fill: .lowest, isByOrder: true) }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? { .spatial(context) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        try dispatch(x.elementType, Body(x: x, y: y))
    }

    private struct Body: NumericBody {
        let x: Tensor, y: Tensor

        func run<T: NumericElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let volume = result.isEmpty ? 0 : source.count / result.count
            for plane in result.indices {
                var best = T.lowest
                for i in plane * volume..<(plane + 1) * volume {
                    let value = source[i]
                    if value > best || value != value { best = value }
                    if best != best { break }
                }
                result[plane] = best
            }
        }
    }
}
