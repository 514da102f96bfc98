import Bytes
import GraphIR

/// What others may know of a transposed convolution.
extension TransposedConvolution {
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        .spatial(context, keepsChannels: false)
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? {
        LayerTraits(.transposedConvolution, weightAxis: 1, groups: groups, biasInput: 2, includesActivation: true)
    }

    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? {
        guard groups > 0 else { return nil }
        return ChannelParameters(
            factor: .init(1, axis: 1, groups: groups), unweighted: self,
            divided: groups == 1 ? [.init(1, axis: 0)] : [])
    }
}
