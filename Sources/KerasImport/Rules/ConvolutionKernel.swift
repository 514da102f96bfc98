import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// A convolution's kernel as versions of Keras and their backends store it.
///
/// Keras 2 and 3 have `[k…, in, out]` (transposed convolutions `[k…, out, in]`) whatever the data's layout. Keras 1 kept
/// channels-first kernels as `[out, in, k…]`, those of a 1D convolution as `[k, 1, in, out]`, and transposed ones as it kept
/// plain ones. Theano mirrors kernels: files of that backend are mirrored back here, as Keras does on loading.
enum ConvolutionKernel {
    /// The kernel as operators want it: [out, in, k…], transposed [in, out, k…].
    /// - Parameter channels: the last two extents in the form of Keras 2.
    static func read(
        _ name: String, _ call: LayerCall, _ builder: KerasBuilder, extents: [Int], _ channels: [Int], like x: ValueID,
        isTransposed: Bool
    ) throws(OsteonError) -> ValueID {
        let rank = extents.count, spatial = Array(0 ..< rank)
        let isOld = builder.weightsMajor == 1, isFirst = try !call.configuration.layout(spatialRank: rank).isChannelsLast
        // Each form with the order that makes it [last, first but last, k…].
        let modern = (shape: extents + channels, order: [rank + 1, rank] + spatial)
        let theano = (shape: (isTransposed ? channels : channels.reversed()) + extents, order: (isTransposed ? [1, 0] : [0, 1]) + spatial.map { $0 + 2 })
        var forms = [modern]
        if isOld, rank == 1 {
            forms = [
                (extents + [1] + channels, [3, 2, 0]), ([channels[1], channels[0]] + extents + [1], [0, 1, 2]),
            ]
        } else if isOld, isFirst {
            forms = [theano]
        } else if isOld, isTransposed {
            forms = [(extents + channels.reversed(), [rank, rank + 1] + spatial)]
        } else {
            forms.append(theano)
        }
        if isOld, isFirst, builder.dialect.backend == nil {
            builder.note("the file doesn't say which backend made it: were it Theano, its kernels would be mirrored")
        }
        let (stored, form) = try builder.variable(name, of: call, shapes: forms.map(\.shape), like: x)
        if form > 0, !isOld { builder.note("\(call.layer.path) has its kernel with the channels in front; it was turned") }
        var kernel = stored
        if forms[form].order.count < forms[form].shape.count {
            let kept = forms[form].shape.indices.filter { forms[form].order.contains($0) }
            let shape = kept.map { forms[form].shape[$0] }
            kernel = try builder.reshaped(kernel, shape, name)
            return try mirrored(builder.permuted(kernel, forms[form].order.map { kept.firstIndex(of: $0) ?? 0 }), rank, builder)
        }
        return try mirrored(builder.permuted(kernel, forms[form].order), rank, builder)
    }

    private static func mirrored(_ kernel: ValueID, _ rank: Int, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        guard builder.dialect.backend == "theano" else { return kernel }
        guard let tensor = builder.graph.constant(kernel) else { throw OsteonError(.internalFault, "A kernel that isn't constant.") }
        let axes = try Tensor((2 ..< rank + 2).map { Int64($0) })
        guard let result = try Reverse().evaluate([tensor, axes]).first else { throw OsteonError(.internalFault, "Nothing was reversed.") }
        builder.note("kernels written by the Theano backend were mirrored")
        return builder.constant(result, "mirrored_kernel")
    }
}
