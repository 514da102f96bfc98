import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// A convolution's kernel as versions of Keras and their backends store it.
///
/// Keras 2 and 3 have `[k…, in, out]` (transposed convolutions `[k…, out, in]`) whatever the data's layout. Keras 1 kept
/// channels-first kernels as `[out, in, k…]`, those of a 1D convolution as `[k, 1, in, out]`, and transposed ones as it kept
/// plain ones. Theano mirrors kernels, channels first or last: those of that backend are mirrored back here, as Keras does on loading.
enum StoredKernel {
    /// The kernel as operators want it: [out, in, k…], transposed [in, out, k…].
    /// - Parameter channels: the last two extents in the form of Keras 2.
    static func read(
        _ name: String, _ call: LayerCall, _ builder: KerasBuilder, extents: [Int], _ channels: [Int], like x: ValueID,
        isTransposed: Bool
    ) throws(OsteonError) -> ValueID {
        let rank = extents.count
        let spatial = Array(0..<rank)
        let isOld = builder.weightsMajor == 1
        let isFirst = try !call.configuration.layout(spatialRank: rank).isChannelsLast
        // Each form with the order that makes it [last, first but last, k…].
        let modern = (shape: extents + channels, order: [rank + 1, rank] + spatial)
        let theano = (
            shape: (isTransposed ? channels : channels.reversed()) + extents,
            order: (isTransposed ? [1, 0] : [0, 1]) + spatial.map { $0 + 2 }
        )
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
        let (stored, form) = try builder.variable(name, of: call, shapes: forms.map(\.shape), like: x)
        if form > 0, !isOld { builder.note("\(call.layer.path) has its kernel with the channels in front; it was turned") }
        var kernel = stored
        if forms[form].order.count < forms[form].shape.count {
            let kept = forms[form].shape.indices.filter { forms[form].order.contains($0) }
            let shape = kept.map { forms[form].shape[$0] }
            kernel = try builder.reshaped(kernel, shape, name)
            return try mirrored(builder.permuted(kernel, forms[form].order.map { kept.firstIndex(of: $0) ?? 0 }), extents, builder)
        }
        return try mirrored(builder.permuted(kernel, forms[form].order), extents, builder)
    }

    /// A part of a separable convolution, `[k…, in, out]` or as Keras 1 kept it channels first `[out, in, k…]`, with the two axes in
    /// `order` in front. Theano never had these in Keras 1, and Keras 2 mirrors them there itself.
    static func separable(
        _ name: String, _ call: LayerCall, _ builder: KerasBuilder, shape: [Int], order: [Int], like x: ValueID
    ) throws(OsteonError) -> ValueID {
        let rank = shape.count - 2
        let spatial = Array(0..<rank)
        if builder.weightsMajor == 1, try !call.configuration.layout(spatialRank: rank).isChannelsLast {
            let stored = try builder.variable(name, of: call, shape: [shape[rank + 1], shape[rank]] + shape.prefix(rank), like: x)
            return try builder.permuted(stored, order.map { $0 == rank ? 1 : 0 } + spatial.map { $0 + 2 })
        }
        return try builder.permuted(builder.variable(name, of: call, shape: shape, like: x), order + spatial)
    }

    /// The kernel, its spatial axes behind two others, turned round where the backend that trained it mirrors kernels.
    private static func mirrored(_ kernel: ValueID, _ extents: [Int], _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        // A single place is the same either way.
        guard extents.contains(where: { $0 > 1 }), try builder.mirrorsKernels() else { return kernel }
        guard let tensor = builder.graph.constant(kernel) else { throw OsteonError(.internalFault, "A kernel that isn't constant.") }
        let axes = try Tensor((2..<extents.count + 2).map { Int64($0) })
        guard let result = try Reverse().evaluate([tensor, axes]).first else { throw OsteonError(.internalFault, "Nothing was reversed.") }
        return builder.constant(result, "mirrored_kernel")
    }
}
