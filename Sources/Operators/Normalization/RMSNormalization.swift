import Bytes
import GraphIR
import Tensors

/// `y = x / √(mean(x²) + epsilon) · scale` over `axis` and all axes behind it; the scale is broadcast to `x`
/// (Zhang and Sennrich, 2019).
package struct RMSNormalization: Operator {
    package var axis = -1
    package var epsilon = 1e-5

    package init() {}
    package init(axis: Int = -1, epsilon: Double = 1e-5) {
        self.axis = axis
        self.epsilon = epsilon
    }
    package static var signature: Signature { Signature([.required("x"), .required("scale")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("epsilon", &epsilon)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try inferAlongAxis(context, axis)
        let together = try Broadcast.dimensions([x[0].shape, context.input(1).shape])
        if let together, together.count != x[0].rank {
            throw OsteonError(.invalidGraph, "The scale can't be broadcast to \(x[0]).")
        }
        return x
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let axis = try Axes.resolve(axis, rank: x.rank)
        let scale = try AffineOperand(context.input(1), x: x, axis: axis)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        let width = RowMajor.count(x.shape[axis...])
        try dispatchFloat(x.elementType, Body(x: x, y: y, width: width, epsilon: epsilon, scale: scale))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, width: Int, epsilon: Double, scale: AffineOperand

        func run<T: FloatElement>(_ type: T.Type) {
            guard width > 0 else { return }
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            for row in 0..<source.count / width {
                let line = row * width
                let deviation = 1 / (Moments.meanSquare(source.extracting(line..<line + width)) + epsilon).squareRoot()
                scale.apply(source, &destination, line: line, row: row, mean: 0, deviation: deviation)
            }
        }
    }
}
