import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Batch normalisation with constant parameters: one multiply-add an element; in place where the input dies.
final class BatchNormalizationKernel: Kernel {
    static let name = "channel-affine-f32"
    static let fusesActivation = true
    static let readsBytes = true
    static let writesBytes = true
    let label: String
    private let loops: Loops
    private let source: osteon_form
    private let target: osteon_form
    private let activation: osteon_map
    private let scales: [Float]
    private let shifts: [Float]

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is BatchNormalization else { return KernelTable.notMine }
        if let reason = facts.refusalUnlessFloats(0..<1) { return reason }
        guard (1...4).allSatisfy({ facts.constant($0) != nil }) else { return "the statistics aren't constant" }
        return (facts.shape(0)?.count ?? 0) >= 2 ? nil : "needs a channel axis"
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0] }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        label = facts.label(Self.name)
        source = facts.form(ofInput: 0) ?? .f32
        target = facts.formOfOutput ?? .f32
        activation = osteon_map(facts.activation)
        var parameters: [[Double]] = []
        for index in 1...4 { parameters.append(try facts.constant(index)?.doubles() ?? []) }
        guard let op = facts.op as? BatchNormalization else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let folded = op.folded(parameters)
        scales = folded.scales.map { Float($0) }
        shifts = folded.shifts.map { Float($0) }
    }

    var absorbedInputs: Set<Int> { [1, 2, 3, 4] }

    func run(_ call: KernelCall) {
        let shape = call.outputs[0].shape
        osteon_affine_planes(
            loops.table, source, call.bytes(0), target, call.resultBytes(), shape[0] * shape[1], shape[2...].reduce(1, *), nil,
            scales, shifts, scales.count, activation, loops.threads)
    }
}

/// Instance and group normalisation, statistics in double by blocks of fixed size; in place where the input dies.
final class GroupNormalizationKernel: Kernel {
    static let name = "group-normalization-f32"
    static let fusesActivation = true
    static let readsBytes = true
    static let writesBytes = true
    let label: String
    private let loops: Loops
    /// The scale and bias where they're constant: floats, however they're stored.
    private var parameters: [Tensor] = []
    private var norm = osteon_group_norm()

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is GroupNormalization || facts.op is InstanceNormalization else { return KernelTable.notMine }
        if let reason = facts.refusalUnlessFloats(0..<1) { return reason }
        for index in 1...2 where facts.constant(index) == nil {
            guard facts.inputs[index]?.elementType == .f32, facts.byteInputs[index] == nil else {
                return "a scale that's neither constant nor f32"
            }
        }
        guard let shape = facts.shape(0), shape.count >= 2, !shape.contains(0) else { return "an extent is 0" }
        return facts.shape(1) == [shape[1]] && facts.shape(2) == [shape[1]] ? nil : "the scale isn't one a channel"
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0] }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let shape = facts.shape(0), shape.count >= 2 else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let groups = (facts.op as? GroupNormalization)?.groups ?? shape[1]
        norm.batch = shape[0]
        norm.groups = groups
        norm.channels = shape[1] / max(groups, 1)
        norm.width = shape[2...].reduce(1, *)
        norm.epsilon = (facts.op as? GroupNormalization)?.epsilon ?? (facts.op as? InstanceNormalization)?.epsilon ?? 0
        norm.act = osteon_map(facts.activation)
        norm.form_x = facts.form(ofInput: 0) ?? .f32
        norm.form_y = facts.formOfOutput ?? .f32
        label = facts.label(Self.name)
        if let scale = try facts.constant(1)?.converted(to: .f32), let bias = try facts.constant(2)?.converted(to: .f32) {
            parameters = [scale, bias]
        }
    }

    var absorbedInputs: Set<Int> { parameters.isEmpty ? [] : [1, 2] }

    var scratchByteCount: Int { withUnsafePointer(to: norm) { osteon_group_norm_scratch($0) } }

    func run(_ call: KernelCall) {
        var task = norm
        withExtendedLifetime(parameters) {
            task.scale =
                parameters.isEmpty ? call.floats(1) : parameters[0].unsafeElements(Float.self).baseAddress.map { UnsafePointer($0) }
            task.bias = parameters.isEmpty ? call.floats(2) : parameters[1].unsafeElements(Float.self).baseAddress.map { UnsafePointer($0) }
            osteon_group_norm_run(
                loops.table, &task, call.bytes(0), call.resultBytes(), call.scratch.baseAddress, loops.threads)
        }
    }
}

/// Layer normalisation with a scale (and bias) as long as a line, the statistics not asked for.
final class LayerNormalizationKernel: Kernel {
    static let name = "layer-normalization-f32"
    private let loops: Loops
    private let width: Int
    private let epsilon: Double

    static func refusal(for facts: NodeFacts) -> String? {
        guard let op = facts.op as? LayerNormalization else { return KernelTable.notMine }
        if let reason = facts.refusalUnlessF32 { return reason }
        guard facts.outputs.count == 1 else { return "the statistics are asked for" }
        guard let width = width(op, facts), width > 0 else { return "an extent is 0" }
        for index in 1...2 where facts.has(index) {
            guard facts.shape(index)?.reduce(1, *) == width else { return "scale or bias isn't as long as a line" }
        }
        return nil
    }

    private static func width(_ op: LayerNormalization, _ facts: NodeFacts) -> Int? {
        guard let shape = facts.shape(0) else { return nil }
        let axis = op.axis < 0 ? op.axis + shape.count : op.axis
        return shape.indices.contains(axis) ? shape[axis...].reduce(1, *) : nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let op = facts.op as? LayerNormalization, let width = Self.width(op, facts) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        self.width = width
        epsilon = op.epsilon
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0] }

    func run(_ call: KernelCall) {
        osteon_layer_norm(
            loops.table, call.floats(0), call.result(), call.outputs[0].count / width, width, epsilon, call.floats(1),
            call.floats(2), loops.threads)
    }
}
