import Bytes
import GraphIR
import Tensors

/// `y = x / (bias + alpha / size · s)^beta` with `s` the sum of squares over `size` channels around each, for
/// `x[N, C, …]` (Krizhevsky et al., 2012). Of an even size the longer half lies behind.
package struct LocalResponseNormalization: Operator {
    package var size = 1
    package var alpha = 0.0001
    package var beta = 0.75
    package var bias = 1.0

    package init() {}
    package init(size: Int, alpha: Double = 0.0001, beta: Double = 0.75, bias: Double = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.bias = bias
    }
    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("size", &size)
        try visitor.visit("alpha", &alpha)
        try visitor.visit("beta", &beta)
        try visitor.visit("bias", &bias)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try inferFloat(context)
        if let rank = x.rank, rank < 2 { throw OsteonError(.invalidGraph, "The input is \(x); it needs axes N and C.") }
        try require(size > 0, .invalidGraph, "The size is \(size); it must be positive.")
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try require(x.rank >= 2, .invalidGraph, "The input is \(x.type); it needs axes N and C.")
        try require(size > 0, .invalidGraph, "The size is \(size); it must be positive.")
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(x.elementType, Body(x: x, y: y, op: self))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, op: LocalResponseNormalization

        func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            guard !source.isEmpty else { return }
            let channels = x.shape[1]
            let space = RowMajor.count(x.shape[2...])
            let before = min((op.size - 1) / 2, channels)
            let after = min(op.size / 2, channels)
            var sums = try [Double](budgeted: 0, count: space)
            for plane in 0..<x.shape[0] * channels {
                let channel = plane % channels
                let first = plane - channel
                for i in 0..<space { sums[i] = 0 }
                for member in max(0, channel - before)...min(channels - 1, channel + after) {
                    let row = (first + member) * space
                    for i in 0..<space { sums[i] += Double(source[row + i]) * Double(source[row + i]) }
                }
                for i in 0..<space {
                    let divisor = Double.pow(op.bias + op.alpha / Double(op.size) * sums[i], op.beta)
                    destination[plane * space + i] = T(Double(source[plane * space + i]) / divisor)
                }
            }
        }
    }
}
