import Bytes
import GraphIR
import Tensors

/// `y = (x − mean) / √(variance + epsilon) · scale + bias` with the statistics of each group of channels of each
/// item, for `x[N, C, …]`; scale and bias are `[C]` (Wu and He, 2018).
package struct GroupNormalization: Operator {
    package var groups = 1
    package var epsilon = 1e-5

    package init() {}
    package init(groups: Int, epsilon: Double = 1e-5) {
        self.groups = groups
        self.epsilon = epsilon
    }
    package static var signature: Signature { Signature([.required("x"), .required("scale"), .required("bias")]) }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("groups", &groups)
        try visitor.visit("epsilon", &epsilon)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let types = try inferChannelwise(context)
        if let channels = types[0].shape?[1].fixed { try checkGroups(channels) }
        return types
    }

    private func checkGroups(_ channels: Int) throws(OsteonError) {
        guard groups > 0, channels % groups == 0 else {
            throw OsteonError(.invalidGraph, "\(channels) channels don't make \(groups) groups.")
        }
    }

    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? { ChannelParameters(unweighted: self) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let (x, parameters) = try channelwiseInputs(context)
        try require(parameters.count == 2, .invalidGraph, "Scale and bias are needed.")
        try checkGroups(x.shape[1])
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(
            x.elementType,
            GroupwiseNormalization(
                x: x, y: y, groups: groups, epsilon: epsilon, scale: parameters[0], bias: parameters[1]))
    }
}

/// Normalises `x[N, C, …]` by the statistics of each group of `C / groups` channels, then scales each channel.
struct GroupwiseNormalization: FloatBody {
    let x: Tensor, y: Tensor, groups: Int, epsilon: Double, scale: [Double], bias: [Double]

    func run<T: FloatElement>(_ type: T.Type) {
        let source = x.elements(T.self)
        var destination = y.mutableElements(T.self)
        guard !source.isEmpty else { return }
        let space = RowMajor.count(x.shape[2...])
        let channels = x.shape[1] / groups
        for block in 0..<x.shape[0] * groups {
            let start = block * channels * space
            let (mean, variance) = Moments.meanAndVariance(source.extracting(start..<start + channels * space))
            let deviation = 1 / (variance + epsilon).squareRoot()
            for member in 0..<channels {
                let channel = block % groups * channels + member
                let first = start + member * space
                let factor = deviation * scale[channel]
                affine(source, &destination, first..<first + space, scale: factor, shift: bias[channel] - mean * factor)
            }
        }
    }
}
