import Bytes
import GraphIR
import Tensors

/// `y = x / ‖x‖` along one axis, with the norm of order `p` (1 or 2); zero where the norm is 0.
package struct LpNormalization: Operator {
    package var axis = -1
    package var p = 2

    package init() {}
    package init(axis: Int = -1, p: Int = 2) {
        self.axis = axis
        self.p = p
    }
    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("p", &p)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try require(p == 1 || p == 2, .unsupported, "A norm of order \(p); there are 1 and 2.")
        return try inferAlongAxis(context, axis)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        try require(p == 1 || p == 2, .unsupported, "A norm of order \(p); there are 1 and 2.")
        let x = try context.input(0)
        let split = try AxisSplit(x.shape, axis: axis)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(x.elementType, Body(x: x, y: y, split: split, isEuclidean: p == 2))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, split: AxisSplit, isEuclidean: Bool

        func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            var norms = try [Double](budgeted: 0, count: split.inner)
            for block in 0..<split.outer {
                let base = block * split.extent * split.inner
                for i in 0..<split.inner { norms[i] = 0 }
                for k in 0..<split.extent {
                    for i in 0..<split.inner {
                        let value = Double(source[base + k * split.inner + i])
                        norms[i] += isEuclidean ? value * value : value.magnitude
                    }
                }
                for i in 0..<split.inner where isEuclidean { norms[i] = norms[i].squareRoot() }
                for k in 0..<split.extent {
                    let row = base + k * split.inner
                    for i in 0..<split.inner {
                        destination[row + i] = norms[i] == 0 ? 0 : T(Double(source[row + i]) / norms[i])
                    }
                }
            }
        }
    }
}
