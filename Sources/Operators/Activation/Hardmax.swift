import Bytes
import GraphIR
import Tensors

/// 1 at the first maximum along one axis, 0 elsewhere.
package struct Hardmax: Operator {
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
        .along(axis, context) { Hardmax(axis: $0) }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let split = try AxisSplit(x.shape, axis: axis)
        try dispatchFloat(x.elementType, Body(x: x, y: context.makeOutput(0, x.elementType, x.shape), split: split))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, split: AxisSplit

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            destination.update(repeating: 0)
            forEachSoftmaxBlock(source, split) { (base, maxima) in
                for i in 0..<split.inner {
                    let places = stride(from: base + i, to: base + split.extent * split.inner, by: split.inner)
                    if let place = places.first(where: { source[$0] == maxima[i] }) { destination[place] = 1 }
                }
            }
        }
    }
}
