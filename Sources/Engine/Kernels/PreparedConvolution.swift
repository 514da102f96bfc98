import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Packed weights and blocking of one convolution or transposed convolution, of floats or of bytes; owns the C side.
final class PreparedConvolution {
    let scratchByteCount: Int
    private let conv: OpaquePointer
    private let activation: osteon_map
    /// The zero point of bytes read, where the plan knows it.
    private let zero: Int32

    deinit { osteon_conv_free(conv) }

    /// Why no kernel computes the sizes of this node, or nil.
    static func refusal(sizes facts: NodeFacts) -> String? {
        guard let x = facts.shape(0), let weight = facts.shape(1), let y = facts.outputShape else { return "needs fixed shapes" }
        guard (x + weight + y).allSatisfy({ $0 > 0 && $0 < 1 << 24 }) else { return "an extent is 0 or beyond 16 million" }
        let window = facts.op.convolution?.window ?? (facts.op as? TransposedConvolution)?.window ?? SpatialWindow()
        guard window.strides.allSatisfy({ $0 <= Int(OSTEON_CONV_MAX_STRIDE) }) else { return "a stride beyond \(OSTEON_CONV_MAX_STRIDE)" }
        guard (window.dilations + window.pads).allSatisfy({ $0 < 1 << 16 }) else { return "a dilation or pad beyond 65535" }
        guard weight.dropFirst(2).allSatisfy({ $0 < (1 << 28) / (window.dilations.max() ?? 1) }) else {
            return "a window beyond 2²⁸ places"
        }
        let volume = [x, y].map { $0.dropFirst(2).reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) }
        guard volume.allSatisfy({ $0 < 1 << 30 }) else { return "a volume beyond 2³⁰ places" }
        guard facts.op is TransposedConvolution else { return nil }
        if facts.has(3), facts.constant(3) == nil { return "the output shape isn't constant" }
        return window.strides.reduce(1, *) > 512 ? "strides of more than 512 phases" : nil
    }

    /// Why no kernel computes this node in f32, or nil.
    static func refusal(_ facts: NodeFacts) -> String? {
        guard let type = facts.inputs.first??.elementType, type == .f32 || type.isHalf else { return "needs f32 or a 16-bit float" }
        for index in 1...2 where facts.has(index) {
            guard facts.inputs[index]?.elementType == type else { return "needs one type of float" }
            guard facts.constant(index) != nil else { return "the weights aren't constant" }
        }
        return refusal(sizes: facts)
    }

    /// Prepares a node of floats; its constants may have 16 bits, as its input and output may.
    convenience init(_ facts: NodeFacts) throws(OsteonError) {
        guard let weights = try facts.constant(1)?.converted(to: .f32), let from = facts.inputs.first??.elementType.inC,
            let to = facts.formOfOutput
        else { throw OsteonError(.internalFault, "A convolution kernel was given a node it refuses.") }
        let storage = osteon_conv_storage(
            input: from, output: to.element, wide_weights: 0, output_zero: to.zero, output_scale: to.scale, filter_scale: nil,
            filter_start: nil)
        try self.init(
            facts, storage, weights: weights, bias: facts.constant(2)?.converted(to: .f32), activation: facts.activation)
    }

    /// - Parameters:
    ///   - storage: what's read and written; with bytes `weights` are `i8` (wide: `i16`), else `f32`.
    ///   - bias: of `f32`, where there is one.
    ///   - zero: the zero point of bytes read.
    init(
        _ facts: NodeFacts, _ storage: osteon_conv_storage, weights: Tensor, bias: Tensor?,
        activation fused: FusedActivation, zero: Int32 = 0
    ) throws(OsteonError) {
        var geometry = try Self.geometry(facts)
        var storage = storage
        let loops = Loops(facts)
        let made = withExtendedLifetime((weights, bias)) {
            osteon_conv_make(
                &geometry, &storage, weights.unsafeBytes.baseAddress, bias?.unsafeElements(Float.self).baseAddress, loops.table,
                loops.threads)
        }
        guard let made else { throw OsteonError(.limitExceeded, "Out of memory: can't pack the weights.") }
        conv = made
        activation = osteon_map(fused)
        self.zero = zero
        scratchByteCount = osteon_conv_scratch(made)
    }

    private static func geometry(_ facts: NodeFacts) throws(OsteonError) -> osteon_conv_geometry {
        guard let x = facts.shape(0), let weight = facts.shape(1), x.count == weight.count, x.count > 2 else {
            throw OsteonError(.internalFault, "A convolution kernel was given a node it refuses.")
        }
        var geometry = osteon_conv_geometry()
        var axes: [SpatialWindow.ResolvedAxis] = []
        let input = Array(x.dropFirst(2))
        let kernel = Array(weight.dropFirst(2))
        geometry.channels = Int32(x[1])
        if let op = facts.op as? TransposedConvolution {
            axes = try op.resolved(input: input, kernel: kernel, outputShape: facts.constant(3)?.integers())
            geometry.groups = Int32(op.groups)
            geometry.filters = Int32(weight[1] * op.groups)
            geometry.transposed = 1
        } else if let (window, groups) = facts.op.convolution {
            axes = try window.resolved(input: input, kernel: kernel)
            geometry.groups = Int32(groups)
            geometry.filters = Int32(weight[0])
        }
        for axis in 0..<3 {
            let index = axis - (3 - axes.count)
            let resolved = index >= 0 ? axes[index] : nil
            setElement(&geometry.input, axis, Int32(resolved?.input ?? 1))
            setElement(&geometry.output, axis, Int32(resolved?.output ?? 1))
            setElement(&geometry.kernel, axis, Int32(resolved?.kernel ?? 1))
            setElement(&geometry.stride, axis, Int32(resolved?.stride ?? 1))
            setElement(&geometry.dilation, axis, Int32(resolved?.dilation ?? 1))
            setElement(&geometry.pad, axis, Int32(resolved?.padBegin ?? 0))
        }
        return geometry
    }

    /// - Parameter given: the zero point of bytes read, where it's told in every run.
    func run(_ call: KernelCall, zero given: Int32? = nil) {
        let batch = call.outputs[0].shape[0]
        osteon_conv_run(conv, activation, given ?? zero, call.bytes(0), call.resultBytes(), batch, call.scratch.baseAddress)
    }
}

extension Operator {
    /// The window and groups of a convolution forwards, of floats or of whole numbers.
    fileprivate var convolution: (window: SpatialWindow, groups: Int)? {
        if let op = self as? Convolution { return (op.window, op.groups) }
        return (self as? IntegerConvolution).map { ($0.window, $0.groups) }
    }
}
