import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Elementwise functions of one tensor of floats, and `Clip` with constant bounds; in place where the input dies.
final class MapKernel: Kernel {
    static let name = "map-f32"
    static let readsBytes = true
    static let writesBytes = true
    let label: String
    private let loops: Loops
    private let function: osteon_map
    private let source: osteon_form
    private let target: osteon_form

    static func refusal(for facts: NodeFacts) -> String? {
        if facts.op is Clip {
            guard facts.refusalUnlessFloats(0..<1) == nil else { return facts.refusalUnlessFloats(0..<1) }
            return clip(facts) == nil ? "the bounds aren't constant" : nil
        }
        guard function(for: facts.op) != nil else { return KernelTable.notMine }
        return facts.refusalUnlessFloats(0..<1)
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0] }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        label = facts.label(Self.name)
        guard let function = facts.op is Clip ? Self.clip(facts) : Self.function(for: facts.op),
            let source = facts.form(ofInput: 0), let target = facts.formOfOutput
        else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        self.function = function
        self.source = source
        self.target = target
    }

    var absorbedInputs: Set<Int> { [1, 2] }

    func run(_ call: KernelCall) {
        osteon_map_all(
            loops.table, function, source, call.bytes(0), target, call.resultBytes(), call.outputs[0].count, loops.threads)
    }

    /// The C function for an operator with one input, or nil.
    static func function(for op: any Operator) -> osteon_map? {
        switch op {
        case is Relu: osteon_map(OSTEON_RELU)
        case let op as LeakyRelu: osteon_map(OSTEON_LEAKY_RELU, op.alpha)
        case is Sigmoid: osteon_map(OSTEON_SIGMOID)
        case is Tanh: osteon_map(OSTEON_TANH)
        case let op as Elu: osteon_map(OSTEON_ELU, op.alpha)
        case let op as Selu: osteon_map(OSTEON_SELU, op.alpha, op.gamma)
        case let op as Celu: osteon_map(OSTEON_CELU, op.alpha)
        case let op as HardSigmoid: osteon_map(OSTEON_HARD_SIGMOID, op.alpha, op.beta)
        case is HardSwish: osteon_map(OSTEON_HARD_SWISH)
        case let op as Swish: osteon_map(OSTEON_SWISH, op.alpha)
        case is Softplus: osteon_map(OSTEON_SOFTPLUS)
        case is Softsign: osteon_map(OSTEON_SOFTSIGN)
        case is Mish: osteon_map(OSTEON_MISH)
        case let op as Gelu: osteon_map(op.approximation == .tanh ? OSTEON_GELU_TANH : OSTEON_GELU_ERF)
        case let op as ThresholdedRelu: osteon_map(OSTEON_THRESHOLDED_RELU, op.alpha)
        case is Erf: osteon_map(OSTEON_ERF)
        case is Exp: osteon_map(OSTEON_EXP)
        case is Log: osteon_map(OSTEON_LOG)
        case is Sqrt: osteon_map(OSTEON_SQRT)
        case is Reciprocal: osteon_map(OSTEON_RECIPROCAL)
        case is Abs: osteon_map(OSTEON_ABS)
        case is Negate: osteon_map(OSTEON_NEGATE)
        default: nil
        }
    }

    private static func clip(_ facts: NodeFacts) -> osteon_map? {
        var bounds = [-Double.infinity, Double.infinity]
        for index in 1...2 where facts.has(index) {
            guard let value = (try? facts.constant(index)?.doubles())?.first else { return nil }
            bounds[index - 1] = value
        }
        return osteon_map(OSTEON_CLIP, bounds[0], bounds[1])
    }
}

extension osteon_map {
    init(_ kind: osteon_map_kind, _ alpha: Double = 0, _ beta: Double = 0) {
        self.init(kind: kind, alpha: Float(alpha), beta: Float(beta))
    }

    /// What a fused activation does.
    init(_ activation: FusedActivation) {
        let kind =
            switch activation.kind {
            case .none: OSTEON_NONE
            case .relu: OSTEON_RELU
            case .leakyRelu: OSTEON_LEAKY_RELU
            case .elu: OSTEON_ELU
            case .sigmoid: OSTEON_SIGMOID
            case .tanh: OSTEON_TANH
            case .clip: OSTEON_CLIP
            case .hardSigmoid: OSTEON_HARD_SIGMOID
            case .hardSwish: OSTEON_HARD_SWISH
            case .swish: OSTEON_SWISH
            case .softplus: OSTEON_SOFTPLUS
            case .mish: OSTEON_MISH
            case .gelu: OSTEON_GELU_ERF
            }
        self.init(kind, activation.alpha, activation.beta)
    }
}
