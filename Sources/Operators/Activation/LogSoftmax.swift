import Bytes
import GraphIR
import Tensors

/// `y = log(exp(x) / Σ exp(x))` along one axis, with the maximum subtracted first.
package struct LogSoftmax: Operator {
    package var axis = -1

    package init() {}
    package init(axis: Int) { self.axis = axis }
    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try inferAlongAxis(context, axis)
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        .along(axis, context, sums: true) { LogSoftmax(axis: $0) }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let split = try AxisSplit(x.shape, axis: axis)
        try MemoryBudget.current.check(split.inner, of: 2 * MemoryLayout<Double>.stride)
        try dispatchFloat(x.elementType, Body(x: x, y: context.makeOutput(0, x.elementType, x.shape), split: split))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, split: AxisSplit

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            forEachSoftmaxBlock(source, split) { (base, maxima) in
                var shifts = [Double](repeating: 0, count: split.inner)
                for k in 0..<split.extent {
                    let row = base + k * split.inner
                    for i in 0..<split.inner { shifts[i] += Double(T.exp(source[row + i] - maxima[i])) }
                }
                for i in 0..<split.inner { shifts[i] = Double.log(shifts[i]) + Double(maxima[i]) }
                for k in 0..<split.extent {
                    let row = base + k * split.inner
                    for i in 0..<split.inner { destination[row + i] = T(Double(source[row + i]) - shifts[i]) }
                }
            }
        }
    }
}
