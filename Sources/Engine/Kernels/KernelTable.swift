import Bytes
import GraphIR
import Tensors

/// Every kernel there is, fastest first: a node gets the first that doesn't refuse it. Where all refuse, the
/// operator's own reference evaluation computes it.
package enum KernelTable {
    package static let all: [any Kernel.Type] = [
        IntegerConvolutionKernel.self,
        IntegerSumConvolutionKernel.self,
        ConvolutionKernel.self,
        TransposedConvolutionKernel.self,
        IntegerProductKernel.self,
        IntegerSumProductKernel.self,
        MatrixProductKernel.self,
        BatchNormalizationKernel.self,
        GroupNormalizationKernel.self,
        LayerNormalizationKernel.self,
        PoolKernel.self,
        ReduceRowsKernel.self,
        SoftmaxKernel.self,
        ArgMaxKernel.self,
        ResizeKernel.self,
        SemilinearUpsampleKernel.self,
        MapKernel.self,
        ZipKernel.self,
        CopyKernel.self,
        CastKernel.self,
        QuantizeKernel.self,
        DequantizeKernel.self,
        DynamicQuantizeKernel.self,
        ByteTableKernel.self,
    ]

    /// The name reports give to the reference evaluation, the last resort below every row.
    package static let referenceName = "reference"
    /// What a kernel answers to an operator it wasn't written for.
    package static let notMine = "another operator"

    /// The first kernel that takes the node, and why those before it that know the operator refused.
    ///
    /// Where values are 16-bit floats and no kernel takes them as they are, the kernels are asked again about the same
    /// node in f32, and one that takes it runs between a widening and a rounding (`WidenedKernel`).
    package static func choose(for facts: NodeFacts) throws(OsteonError) -> KernelChoice {
        var choice = first(for: facts)
        guard choice.kernel == nil, facts.computesHalves else { return choice }
        let refusals = choice.refusals
        choice = first(for: try facts.widened())
        choice.original = facts
        choice.refusals = refusals + choice.refusals.filter { !refusals.contains($0) }
        return choice
    }

    private static func first(for facts: NodeFacts) -> KernelChoice {
        var choice = KernelChoice(facts: facts)
        // The other extents of a tensor without elements may be anything, and no kernel need reckon with that.
        let types = facts.inputs.compactMap { $0 } + facts.outputs
        if types.contains(where: { $0.fixedShape != nil && ($0.byteCount ?? 0) == 0 }) { return choice }
        for kernel in all {
            let reason = kernel.refusal(for: facts)
            if reason == notMine { continue }
            if kernel.tier > facts.isa {
                choice.refusals.append(KernelRefusal(kernel: kernel.name, reason: "needs \(kernel.tier.rawValue)"))
            } else if let reason {
                choice.refusals.append(KernelRefusal(kernel: kernel.name, reason: reason))
            } else {
                choice.kernel = kernel
                break
            }
        }
        return choice
    }

    /// Computes one output from constants alone, at once.
    static func evaluate(_ facts: NodeFacts) throws(OsteonError) -> Tensor {
        guard let kernel = try choose(for: facts).prepared(), let shape = facts.outputShape else {
            return try facts.op.evaluate(facts.constants)[0]
        }
        let output = try Tensor(uninitialized: facts.outputs[0].elementType, shape)
        let scratch = try TensorStorage(byteCount: kernel.scratchByteCount)
        try kernel.run(KernelCall(inputs: facts.constants, outputs: [output], scratch: scratch.memory, of: scratch))
        return output
    }
}

/// Which kernel takes a node, and how.
package struct KernelChoice {
    /// nil where all refused.
    package var kernel: (any Kernel.Type)?
    package var refusals: [KernelRefusal] = []
    /// What the kernel is prepared with.
    var facts: NodeFacts
    /// The node with its 16-bit floats, where `facts` are the widened ones.
    var original: NodeFacts?

    init(facts: NodeFacts) { self.facts = facts }

    /// The inputs whose memory output 0 may take over.
    var inputsToOverwrite: [Int] {
        guard let original else { return kernel?.inputsToOverwrite(facts) ?? [] }
        return kernel == nil ? [] : Array(original.inputs.indices)
    }

    func prepared() throws(OsteonError) -> (any PreparedKernel)? {
        guard let kernel else { return nil }
        if let original { return try WidenedKernel(kernel, original: original, widened: facts) }
        return try kernel.init(preparing: facts)
    }
}

/// Why a kernel didn't take a node.
package struct KernelRefusal: Sendable, Hashable {
    package var kernel: String
    package var reason: String

    package init(kernel: String, reason: String) {
        self.kernel = kernel
        self.reason = reason
    }
}
