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
        var scales: [Double] = []
        var shifts: [Double] = []
        for channel in 0..<x.shape[1] {
            let scale = parameters[0][channel] / (parameters[3][channel] + epsilon).squareRoot()
            scales.append(scale)
            shifts.append(parameters[1][channel] - parameters[2][channel] * scale)
        }
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(x.elementType, Body(x: x, y: y, scales: scales, shifts: shifts))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, scales: [Double], shifts: [Double]

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.unsafeElements(T.self)
            let destination = y.unsafeMutableElements(T.self)
            let space = RowMajor.count(x.shape[2...])
            for plane in 0..<x.shape[0] * x.shape[1] {
                let channel = plane % x.shape[1]
                affine(
                    source.run(plane * space, space), destination.run(plane * space, space),
                    scale: scales[channel], shift: shifts[channel])
            }
        }
    }
}
