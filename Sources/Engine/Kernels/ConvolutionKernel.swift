import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Convolution over 1 to 3 axes in f32 without im2col.
///
/// The input is copied, a slab at a time, into a zero-padded scratch where every kernel place is a constant offset; tiles
/// of output channels × positions then accumulate in registers. Any stride up to 16, dilation, padding and grouping.
final class ConvolutionKernel: Kernel {
    static let name = "convolution-direct-f32"
    private let conv: PreparedConvolution

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is Convolution else { return KernelTable.notMine }
        return PreparedConvolution.refusal(facts)
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let op = facts.op as? Convolution, let x = facts.shape(0), let weight = facts.shape(1) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let axes = try op.window.resolved(input: Array(x.dropFirst(2)), kernel: Array(weight.dropFirst(2)))
        conv = try PreparedConvolution(facts, axes: axes, filters: weight[0], groups: op.groups, transposed: false, op.activation)
    }

    var absorbedInputs: Set<Int> { [1, 2] }
    var scratchByteCount: Int { conv.scratchByteCount }
    func run(_ call: KernelCall) { conv.run(call) }
}

/// Transposed convolution in f32: the outputs of each remainder of the stride are a plain convolution with a part of
/// the kernel (sub-pixel decomposition).
final class TransposedConvolutionKernel: Kernel {
    static let name = "transposed-convolution-subpixel-f32"
    private let conv: PreparedConvolution

    static func refusal(for facts: NodeFacts) -> String? {
        guard let op = facts.op as? TransposedConvolution else { return KernelTable.notMine }
        if facts.has(3), facts.constant(3) == nil { return "the output shape isn't constant" }
        var floats = facts
        floats.inputs = Array(facts.inputs.prefix(3))
        if let reason = PreparedConvolution.refusal(floats) { return reason }
        let phases = op.window.strides.reduce(1, *)
        return phases > 512 ? "strides of more than 512 phases" : nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        guard let op = facts.op as? TransposedConvolution, let x = facts.shape(0), let weight = facts.shape(1) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let axes = try op.resolved(
            input: Array(x.dropFirst(2)), kernel: Array(weight.dropFirst(2)), outputShape: facts.constant(3)?.integers())
        conv = try PreparedConvolution(
            facts, axes: axes, filters: weight[1] * op.groups, groups: op.groups, transposed: true, op.activation)
    }

    var absorbedInputs: Set<Int> { [1, 2, 3] }
    var scratchByteCount: Int { conv.scratchByteCount }
    func run(_ call: KernelCall) { conv.run(call) }
}

/// Packed weights and blocking of one convolution; owns the C side.
private final class PreparedConvolution {
    private let conv: OpaquePointer
    private let activation: osteon_map
    let scratchByteCount: Int

    static func refusal(_ facts: NodeFacts) -> String? {
        if let reason = facts.refusalUnlessF32 { return reason }
        guard facts.constant(1) != nil, !facts.has(2) || facts.constant(2) != nil else { return "the weights aren't constant" }
        guard let x = facts.shape(0), let weight = facts.shape(1), let y = facts.outputShape else { return "needs fixed shapes" }
        guard (x + weight + y).allSatisfy({ $0 > 0 && $0 < 1 << 24 }) else { return "an extent is 0 or beyond 16 million" }
        let window = (facts.op as? Convolution)?.window ?? (facts.op as? TransposedConvolution)?.window ?? SpatialWindow()
        guard window.strides.allSatisfy({ $0 <= Int(OSTEON_CONV_MAX_STRIDE) }) else { return "a stride beyond \(OSTEON_CONV_MAX_STRIDE)" }
        guard (window.dilations + window.pads).allSatisfy({ $0 < 1 << 16 }) else { return "a dilation or pad beyond 65535" }
        let volume = [x, y].map { $0.dropFirst(2).reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) }
        return volume.allSatisfy { $0 < 1 << 30 } ? nil : "a volume beyond 2³⁰ places"
    }

    init(
        _ facts: NodeFacts, axes: [SpatialWindow.ResolvedAxis], filters: Int, groups: Int, transposed: Bool,
        _ fused: FusedActivation
    ) throws(OsteonError) {
        guard let weights = facts.constant(1), let x = facts.shape(0) else {
            throw OsteonError(.internalFault, "A convolution kernel needs constant weights.")
        }
        var geometry = osteon_conv_geometry()
        geometry.channels = Int32(x[1])
        geometry.filters = Int32(filters)
        geometry.groups = Int32(groups)
        geometry.transposed = transposed ? 1 : 0
        for axis in 0 ..< 3 {
            let index = axis - (3 - axes.count)
            let resolved = index >= 0 ? axes[index] : nil
            setElement(&geometry.input, axis, Int32(resolved?.input ?? 1))
            setElement(&geometry.output, axis, Int32(resolved?.output ?? 1))
            setElement(&geometry.kernel, axis, Int32(resolved?.kernel ?? 1))
            setElement(&geometry.stride, axis, Int32(resolved?.stride ?? 1))
            setElement(&geometry.dilation, axis, Int32(resolved?.dilation ?? 1))
            setElement(&geometry.pad, axis, Int32(resolved?.padBegin ?? 0))
        }
        let loops = Loops(facts), bias = facts.constant(2)
        let made = withExtendedLifetime((weights, bias)) {
            osteon_conv_make(
                &geometry, weights.unsafeElements(Float.self).baseAddress, bias?.unsafeElements(Float.self).baseAddress,
                loops.table, loops.threads)
        }
        guard let made else { throw OsteonError(.limitExceeded, "Out of memory: can't pack the weights.") }
        conv = made
        activation = osteon_map(fused)
        scratchByteCount = osteon_conv_scratch(made)
    }

    deinit { osteon_conv_free(conv) }

    func run(_ call: KernelCall) {
        let batch = call.outputs[0].shape[0]
        osteon_conv_run(conv, activation, call.floats(0), call.result(), batch, call.scratch.baseAddress)
    }
}
