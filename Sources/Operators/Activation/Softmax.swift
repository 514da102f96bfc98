import Bytes
import GraphIR
import Tensors

/// `y = exp(x) / Σ exp(x)` along one axis, with the maximum subtracted first.
package struct Softmax: Operator {
    package var axis = -1

    package init() {}
    package init(axis: Int) { self.axis = axis }
    package static var signature: Signature { .unary }
    package var traits: OperatorTraits { .nonNegative }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try inferAlongAxis(context, axis)
    }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        .along(axis, context, sums: true) { Softmax(axis: $0) }
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
                var sums = [Double](repeating: 0, count: split.inner)
                for k in 0..<split.extent {
                    let row = base + k * split.inner
                    for i in 0..<split.inner {
                        let value = T.exp(source[row + i] - maxima[i])
                        destination[row + i] = value
                        sums[i] += Double(value)
                    }
                }
                for k in 0..<split.extent {
                    let row = base + k * split.inner
                    for i in 0..<split.inner { destination[row + i] = T(Double(destination[row + i]) / sums[i]) }
                }
            }
        }
    }
}

/// Calls `body` for each block in front of the axis with its first element and the maxima along the axis.
func forEachSoftmaxBlock<T: FloatElement>(
    _ source: Span<T>, _ split: AxisSplit, _ body: (_ base: Int, _ maxima: [T]) -> Void
) {
    guard split.extent > 0, split.inner > 0 else { return }
    var maxima = [T](repeating: 0, count: split.inner)
    for block in 0..<split.outer {
        let base = block * split.extent * split.inner
        for i in 0..<split.inner { maxima[i] = source[base + i] }
        for k in 1..<max(split.extent, 1) {
            let row = base + k * split.inner
            for i in 0..<split.inner where source[row + i] > maxima[i] { maxima[i] = source[row + i] }
        }
        body(base, maxima)
    }
}
