import Bytes
import GraphIR
import Tensors

/// `y = (x − mean) / √(variance + epsilon) · scale + bias` with the statistics of each channel of each item, for
/// `x[N, C, …]`; scale and bias are `[C]`.
package struct InstanceNormalization: Operator {
    package var epsilon = 1e-5

    package init() {}
    package init(epsilon: Double) { self.epsilon = epsilon }
    package static var signature: Signature { Signature([.required("x"), .required("scale"), .required("bias")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("epsilon", &epsilon)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try inferChannelwise(context)
    }

    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? { ChannelParameters(unweighted: self) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let (x, parameters) = try channelwiseInputs(context)
        try require(parameters.count == 2, .invalidGraph, "Scale and bias are needed.")
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(
            x.elementType,
            GroupwiseNormalization(
                x: x, y: y, groups: x.shape[1], epsilon: epsilon, scale: parameters[0], bias: parameters[1]))
    }
}
