import Bytes
import GraphIR
import Tensors

/// `y = (x − mean) / √(variance + epsilon) · scale + bias` with the statistics over `axis` and all axes behind it.
///
/// Scale and bias are broadcast to `x`. The optional outputs are the means and the reciprocal deviations in `f32`,
/// shaped as `x` with extent 1 from `axis` on (Ba et al., 2016).
package struct LayerNormalization: Operator {
    package var axis = -1
    package var epsilon = 1e-5

    package init() {}
    package init(axis: Int = -1, epsilon: Double = 1e-5) {
        self.axis = axis
        self.epsilon = epsilon
    }
    package static var signature: Signature {
        Signature([.required("x"), .required("scale"), .optional("bias")], ["y", "mean", "inverseDeviation"])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("epsilon", &epsilon)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try inferAlongAxis(context, axis)[0]
        for index in 1...2 {
            guard let shape = context.optionalInput(index)?.shape, let whole = x.shape else { continue }
            let together = try Broadcast.dimensions([shape, whole])
            guard together?.count == whole.count else {
                throw OsteonError(.invalidGraph, "Input \(index) can't be broadcast to \(x).")
            }
        }
        var statistics = TensorType(.f32, x.shape)
        if let shape = x.shape {
            for position in try Axes.resolve(axis, rank: shape.count)..<shape.count { statistics.shape?[position] = 1 }
        }
        return [x, statistics, statistics]
    }

    /// Of the last axis, where that's all that's normalised.
    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? {
        guard let rank = context.inputs.first??.rank, axis == -1 || axis == rank - 1, context.outputCount == 1 else { return nil }
        return ChannelParameters(axis: rank - 1, unweighted: self)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let axis = try Axes.resolve(axis, rank: x.rank)
        let width = RowMajor.count(x.shape[axis...])
        let scale = try AffineOperand(context.input(1), x: x, axis: axis)
        let bias = try context.optionalInput(2).map { (bias) throws(OsteonError) in try AffineOperand(bias, x: x, axis: axis) }
        let y = try context.makeOutput(0, x.elementType, x.shape)
        var statistics: [Tensor] = []
        for index in 1..<max(context.outputCount, 1) {
            let shape = x.shape[..<axis] + [Int](repeating: 1, count: x.rank - axis)
            statistics.append(try context.makeOutput(index, .f32, Array(shape)))
        }
        try dispatchFloat(
            x.elementType,
            Body(x: x, y: y, width: width, epsilon: epsilon, scale: scale, bias: bias, statistics: statistics))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, width: Int, epsilon: Double
        let scale: AffineOperand, bias: AffineOperand?, statistics: [Tensor]

        func run<T: FloatElement>(_ type: T.Type) {
            guard width > 0 else { return }
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            for row in 0..<source.count / width {
                let line = row * width
                let (mean, variance) = Moments.meanAndVariance(source.extracting(line..<line + width))
                let deviation = 1 / (variance + epsilon).squareRoot()
                scale.apply(source, &destination, line: line, row: row, mean: mean, deviation: deviation, bias: bias)
                for (index, statistic) in statistics.enumerated() {
                    statistic.store(Float(index == 0 ? mean : deviation), at: row)
                }
            }
        }
    }
}
