import Bytes
import GraphIR
import Operators
import Tensors

/// Builds the patch that moves a transposition from the inputs of one node to its outputs.
struct TranspositionSink {
    let node: NodeID
    /// What the transpositions above do: the node sees axis `axes[i]` of the source as its axis `i`.
    let permutation: Permutation
    let view: GraphView
    private(set) var patch = GraphPatch("", promise: .bitExact)
    /// Whether an operand is taken from an inverse transposition that's there for others.
    private(set) var reusesOthers = false

    init(node: NodeID, permutation: Permutation, view: GraphView) {
        self.node = node
        self.permutation = permutation
        self.view = view
    }

    /// A node in the source's layout, and what transposes its outputs to what they were.
    struct Moved {
        var op: any Operator
        var inputs: [GraphPatch.Reference?]
        var output: Permutation
    }

    /// - Returns: whether `patch` is ready.
    mutating func run() throws(OsteonError) -> Bool {
        let found = view[node]
        guard let moved = try moved() else { return false }
        let names = found.outputs.map { view[$0].name }
        let isBare = moved.output.isIdentity
        let outputs = patch.add(
            moved.op, moved.inputs, name: found.name, outputs: isBare ? names : names.map { $0 + suffix })
        for (output, reference) in zip(found.outputs, outputs) {
            guard !isBare else {
                patch.replace(output, with: reference)
                continue
            }
            let transposition = Transpose(permutation: moved.output.axes)
            patch.replace(output, with: patch.add(transposition, [reference], name: "\(view[output].name).transpose"))
        }
        patch.reason = isBare ? "needs no transposition before it" : "transposed after it, not before"
        return true
    }

    /// Tells the value in the source's layout from the one it's transposed to; as importers name them where they can.
    private var suffix: String {
        let rank = permutation.rank
        return permutation.axes == [0] + Array(2..<max(rank, 2)) + [1] ? ":channels_first" : ":untransposed"
    }

    private mutating func moved() throws(OsteonError) -> Moved? {
        var context = view.context(node)
        guard let mapping = try view[node].op.axesMapping(context), mapping.rank == permutation.rank else { return nil }
        guard let op = mapping.renumbered?(permutation), var inputs = try operands(mapping, &context) else { return nil }
        if let (index, axes) = mapping.implied, let list = permutation.sources(axes) {
            let name = Swift.type(of: op).signature.inputs[index].name
            let tensor = try Tensor(list.map { Int64($0) })
            while inputs.count <= index { inputs.append(nil) }
            inputs[index] = patch.constant("\(view[node].name).\(name)", tensor)
            context.set(index, tensor)
        }
        // Sums in another order round otherwise, and kernels add along another axis in another order.
        if mapping.sums { patch.promise = PushTranspositions.promise }
        guard let moved = try op.axesMapping(context), let output = mapping.outputPermutation(permutation, moved: moved) else { return nil }
        return Moved(op: op, inputs: inputs, output: output)
    }

    /// All inputs as the node needs them in the source's layout; `context` becomes what it then knows of them.
    private mutating func operands(_ mapping: AxesMapping, _ context: inout InferenceContext) throws(OsteonError) -> [GraphPatch
        .Reference?]?
    {
        let isAlone = mapping.roles.count { $0 == .data } == 1
        var result: [GraphPatch.Reference?] = []
        for (index, input) in view[node].inputs.enumerated() {
            let role = index < mapping.roles.count ? mapping.roles[index] : .free
            guard let input, role != .unread else {
                result.append(nil)
                context.set(index, nil)
                continue
            }
            let reference: GraphPatch.Reference?
            switch role {
            case .data, .broadcast:
                reference = try isAlone ? source(index) : operand(index, broadcast: role == .broadcast)
                context.inputs[index] = unpermuted(view.type(input))
            case .axes, .byAxis:
                guard let tensor = view.constant(input), let moved = try mapping.unpermuted(index, tensor, by: permutation) else {
                    return nil
                }
                reference = patch.constant(view[input].name, moved)
                context.set(index, moved)
            case .free, .unread: reference = .existing(input)
            }
            guard let reference else { return nil }
            result.append(reference)
        }
        return result
    }

    /// The type of an operand in the source's layout.
    private func unpermuted(_ type: TensorType) -> TensorType {
        guard let shape = type.shape, shape.count == permutation.rank else { return type }
        return TensorType(type.elementType, permutation.unpermuted(shape))
    }

    // MARK: Operands

    /// The source of input `index`, where it's transposed as the others are.
    private func source(_ index: Int) -> GraphPatch.Reference? {
        guard let input = view.input(node, index), let above = view.producer(input, Transpose.self) else { return nil }
        guard Permutation(above.op, rank: view.type(input).rank) == permutation else { return nil }
        return .existing(view.input(above.id, 0))
    }

    /// Input `index` as an operand in the source's layout; nil where it would take a transposition that costs something.
    private mutating func operand(_ index: Int, broadcast: Bool) throws(OsteonError) -> GraphPatch.Reference? {
        guard let input = view.input(node, index) else { return nil }
        if let source = source(index) { return source }
        let type = view.type(input)
        let rank = permutation.rank
        if broadcast, type.count == 1, type.rank ?? rank + 1 <= rank { return .existing(input) }
        if let tensor = view.constant(input) {
            guard tensor.rank <= rank, broadcast || tensor.rank == rank else { return nil }
            let full = try tensor.reshaped([Int](repeating: 1, count: rank - tensor.rank) + tensor.shape)
            let moved = try Transpose(permutation: permutation.inverse.axes).evaluate([full])[0]
            return patch.constant(view[input].name, moved)
        }
        guard type.rank == rank else { return nil }
        let inverse = Transpose(permutation: permutation.inverse.axes)
        for reader in view.consumers(input) {
            guard let op: Transpose = view.op(reader), op.permutation == inverse.permutation else { continue }
            reusesOthers = true
            return .existing(view[reader].outputs[0])
        }
        let output = view.type(view[node].outputs[0])
        let isLight = broadcast && (0..<rank).contains { type.extent($0) == 1 && output.extent($0) != 1 }
        guard isLight else {
            _ = view.decline(node, "operand \(view[input].name) isn't transposed")
            return nil
        }
        return patch.add(inverse, [.existing(input)], name: "\(view[input].name).transpose")
    }
}
