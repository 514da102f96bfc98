import Bytes
import GraphIR
import Operators
import Tensors

/// Finds group normalisations that exporters spelled as an instance normalisation between reshapes.
package struct RecognizeGroupNormalization: RewriteRule {
    package static let id = "recognize-group-normalization"
    package static let promise = NumericPromise.rounding(relative: 1e-5)
    package static let runsAfter = ["fold-constants", "eliminate-identities"]
    package static let documentation = PassDocumentation(
        "Finds group normalisations spelled as an instance normalisation between two reshapes.",
        before: "y = Reshape(InstanceNormalization(Reshape(x: N×C×…, [0, G, −1]), γ, β), shape of x)",
        after: "y = GroupNormalization(x, γ′, β′) {groups = G}",
        note: "As PyTorch writes its GroupNorm to ONNX before operator set 18 (Wu and He, 2018), and as TensorFlow's spell "
            + "it with [N, G, C/G, …], where the instance normalisation was found by `recognize-normalization`. γ′ and β′ "
            + "repeat those of each group for its channels, times a factor and plus a shift between the two reshapes; "
            + "multiplications after it are folded in by `fold-scales`.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard view[node].op is Reshape, let last = view.input(node, 0) else { return nil }
        guard let inner = try Inner(making: last, for: node, in: view) else { return nil }
        let norm = inner.norm
        guard let grouped = view.input(norm.id, 0), let first = view.producer(grouped, Reshape.self) else { return nil }
        guard let x = view.input(first.id, 0) else { return nil }
        let type = view.type(x)
        let groupedType = try SymbolicShape.refined(grouped, in: view)
        let output = view[node].outputs[0]
        guard let rank = groupedType.rank, rank >= 3, let groups = groupedType.extent(1), let channels = type.extent(1) else { return nil }
        guard groups > 0, channels % groups == 0, (type.rank ?? 0) > 2 else { return nil }
        guard try sameBatch(x, groupedType, first.id, in: view), try returns(to: x, node, in: view) else {
            return view.decline(node, "the shapes aren't known to fit")
        }
        guard !inner.hasOtherReaders else { return view.decline(node, "\(view[norm.id].name) has other readers") }
        guard let scale = view.constant(view.input(norm.id, 1)), let bias = view.constant(view.input(norm.id, 2)) else {
            return view.decline(node, "scale and bias aren't constants")
        }
        let each = channels / groups
        var scales = try repeated(scale, each)
        var shifts = try repeated(bias, each)
        for step in inner.steps {
            guard let values = try byChannel(step.constant, groups, each, of: groupedType) else {
                return view.decline(node, "a factor between the reshapes isn't by channel")
            }
            for channel in 0..<channels {
                if step.isFactor {
                    scales[channel] *= values[channel]
                    shifts[channel] *= values[channel]
                } else {
                    shifts[channel] += values[channel]
                }
            }
        }
        var patch = GraphPatch("a group normalisation of \(groups) groups", promise: .rounding(in: type.elementType))
        let name = view[norm.id].name
        let op = GroupNormalization(groups: groups, epsilon: norm.op.epsilon)
        let inputs: [GraphPatch.Reference?] = [
            .existing(x), patch.constant("\(name).scale", try Tensor(scales, shape: [channels], rounded: type.elementType)),
            patch.constant("\(name).bias", try Tensor(shifts, shape: [channels], rounded: type.elementType)),
        ]
        patch.replace(output, with: patch.add(op, inputs, name: name))
        return patch
    }

    /// What's between the reshapes: the normalisation, then factors and shifts by constants.
    private struct Inner {
        var norm: (id: NodeID, op: InstanceNormalization)
        /// In the order they're applied.
        var steps: [(constant: Tensor, isFactor: Bool)] = []
        var hasOtherReaders = false

        init?(making value: ValueID, for reader: NodeID, in view: GraphView) throws(OsteonError) {
            var value = value
            var reader = reader
            while steps.count <= 4 {
                if view.soleConsumer(value) != reader { hasOtherReaders = true }
                if let norm = view.producer(value, InstanceNormalization.self) {
                    self.norm = norm
                    return
                }
                guard let id = view.graph.producer(value), view[id].op is Multiply || view[id].op is Add else { return nil }
                guard let operands = view.constantOperand(id), operands.constant.elementType.isFloat else { return nil }
                guard view.type(operands.value).rank == view.type(value).rank else { return nil }
                steps.insert((operands.constant, view[id].op is Multiply), at: 0)
                (value, reader) = (operands.value, id)
            }
            return nil
        }
    }

    /// A constant that varies along the axes of groups and of their channels alone, channel by channel; nil for others.
    private func byChannel(_ tensor: Tensor, _ groups: Int, _ each: Int, of type: TensorType) throws(OsteonError) -> [Double]? {
        guard let rank = type.rank, tensor.rank <= rank else { return nil }
        let shape = [Int](repeating: 1, count: rank - tensor.rank) + tensor.shape
        guard shape.enumerated().allSatisfy({ $0.element == 1 || $0.offset == 1 || $0.offset == 2 }) else { return nil }
        guard shape[1] == 1 || shape[1] == groups else { return nil }
        guard shape[2] == 1 || (shape[2] == each && type.extent(2) == each) else { return nil }
        let values = try tensor.doubles()
        let channels = try Checked.multiply(groups, each)
        try MemoryBudget.current.check(channels, of: MemoryLayout<Double>.stride)
        return (0..<channels).map { channel in
            values[(shape[1] == 1 ? 0 : channel / each) * shape[2] + (shape[2] == 1 ? 0 : channel % each)]
        }
    }

    /// Whether the first reshape keeps the batch, so that the groups are made of channels.
    private func sameBatch(_ x: ValueID, _ grouped: TensorType, _ reshape: NodeID, in view: GraphView) throws(OsteonError) -> Bool {
        if let batch = view.type(x).shape?.first, batch != .unknown, batch == grouped.shape?.first { return true }
        guard let op: Reshape = view.op(reshape), let shape = view.input(reshape, 1) else { return false }
        let first = try SymbolicShape.traced(shape, in: view)?.first
        // A 0 in the shape says so whatever the extent.
        return first == .axis(x, 0) || (first == .fixed(0) && !op.allowZero)
    }

    /// Whether the last reshape gives the shape of `x` again: its extents one by one, of which one may be open.
    private func returns(to x: ValueID, _ node: NodeID, in view: GraphView) throws(OsteonError) -> Bool {
        let type = view.type(x)
        if view.type(view[node].outputs[0]).hasShape(of: type) { return true }
        guard let shape = view.input(node, 1), let elements = try SymbolicShape.traced(shape, in: view), elements.count == type.rank else {
            return false
        }
        var open = 0
        for (axis, element) in elements.enumerated() {
            switch element {
            case .axis(x, axis): break
            // The batch is kept by both, so what's copied is that of `x`.
            case .fixed(0) where axis == 0: break
            case .fixed(let number) where number > 0:
                guard type.extent(axis) == number else { return false }
            case .fixed(-1), .unknown: open += 1
            default: return false
            }
        }
        return open <= 1
    }

    private func repeated(_ tensor: Tensor, _ times: Int) throws(OsteonError) -> [Double] {
        try MemoryBudget.current.check(Checked.multiply(tensor.count, times), of: MemoryLayout<Double>.stride)
        return try tensor.doubles().flatMap { [Double](repeating: $0, count: times) }
    }
}
