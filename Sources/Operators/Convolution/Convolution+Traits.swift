import Bytes
import GraphIR

/// What others may know of a convolution.
extension Convolution {
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        .spatial(context, keepsChannels: false)
    }

    package func layer(_ context: InferenceContext) -> LayerTraits? {
        LayerTraits(.convolution, weightAxis: 0, biasInput: 2, includesActivation: true)
    }

    package func channelParameters(_ context: InferenceContext) -> ChannelParameters? {
        ChannelParameters(unweighted: self, divided: groups == 1 ? [.init(1, axis: 1)] : [])
    }

    /// Zeros, as which places outside the input count anyway.
    package func absorbing(padding value: Double, _ context: InferenceContext) -> AbsorbedPadding? {
        value == 0 ? AbsorbedPadding(self) : nil
    }
}
