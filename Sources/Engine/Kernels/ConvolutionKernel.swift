import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Convolution over 1 to 3 axes in f32 without im2col, of f32 or 16-bit floats.
///
/// The input is copied (and widened), a slab at a time, into a zero-padded scratch where every kernel place is a constant
/// offset; tiles of output channels × positions then accumulate in registers. Any stride up to 16, dilation, padding and
/// grouping.
final class ConvolutionKernel: Kernel {
    static let name = "convolution-direct-f32"
    static let fusesActivation = true
    static let writesBytes = true
    let label: String
    private let conv: PreparedConvolution

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is Convolution else { return KernelTable.notMine }
        return PreparedConvolution.refusal(facts)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        label = facts.label(Self.name)
        conv = try PreparedConvolution(facts)
    }

    var absorbedInputs: Set<Int> { [1, 2] }
    var scratchByteCount: Int { conv.scratchByteCount }
    func run(_ call: KernelCall) { conv.run(call) }
}

/// Transposed convolution in f32, of f32 or 16-bit floats: the outputs of each remainder of the stride are a plain
/// convolution with a part of the kernel (sub-pixel decomposition).
final class TransposedConvolutionKernel: Kernel {
    static let name = "transposed-convolution-subpixel-f32"
    static let fusesActivation = true
    static let writesBytes = true
    let label: String
    private let conv: PreparedConvolution

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is TransposedConvolution else { return KernelTable.notMine }
        return PreparedConvolution.refusal(facts)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        label = facts.label(Self.name)
        conv = try PreparedConvolution(facts)
    }

    var absorbedInputs: Set<Int> { [1, 2, 3] }
    var scratchByteCount: Int { conv.scratchByteCount }
    func run(_ call: KernelCall) { conv.run(call) }
}
