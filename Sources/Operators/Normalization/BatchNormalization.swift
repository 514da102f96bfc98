import Bytes
import GraphIR
import Tensors

/// `y = (x − mean) / √(variance + epsilon) · scale + bias` with fixed statistics, for `x[N, C, …]`; the other inputs
/// are `[C]` each.
package struct BatchNormalization: Operator {
    package var epsilon = 1e-5

    package init() {}
    package init(epsilon: Double) { self.epsilon = epsilon }
    package static var signature: Signature {
        Signature([.required("x"), .required("scale"), .required("bias"), .required("mean"), .required("variance")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("epsilon", &epsilon)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try inferChannelwise(context)
    }

    /// γ (x/k − μ) = (γ/k) (x − k μ)
    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? {
        ChannelParameters(unweighted: self, divided: [.init(1)], multiplied: [.init(3)])
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let (x, parameters) = try channelwiseInputs(context)
        try require(parameters.count == 4, .invalidGraph, "Scale, bias, mean and variance are needed.")
        let folded = folded(parameters)
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(x.elementType, Body(x: x, y: y, scales: folded.scales, shifts: folded.shifts))
    }

    /// The statistics and parameters as one multiplication and one addition a channel, `y = x · scale + shift`, not rounded:
    /// `scale = γ / √(σ² + ε)`, `shift = β − μ · scale`.
    /// - Parameter parameters: γ, β, μ and σ², equally long.
    package func folded(_ parameters: [[Double]]) -> (scales: [Double], shifts: [Double]) {
        let scales = zip(parameters[0], parameters[3]).map { $0 / ($1 + epsilon).squareRoot() }
        return (scales, scales.indices.map { parameters[1][$0] - parameters[2][$0] * scales[$0] })
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, scales: [Double], shifts: [Double]

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            let space = RowMajor.count(x.shape[2...])
            for plane in 0..<x.shape[0] * x.shape[1] {
                let channel = plane % x.shape[1]
                let range = plane * space..<(plane + 1) * space
                affine(source, &destination, range, scale: scales[channel], shift: shifts[channel])
            }
        }
    }
}
