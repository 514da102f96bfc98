import Bytes
import GraphIR
import Operators
import Tensors

/// Finds group normalisations that exporters spelled as an instance normalisation between reshapes.
public struct RecognizeGroupNormalization: RewriteRule {
    public static let id = "recognize-group-normalization"
    public static let promise = NumericPromise.rounding(relative: 1e-5)
    public static let runsAfter = ["fold-constants", "eliminate-identities"]
    public static let documentation = PassDocumentation(
        "Finds group normalisations spelled as an instance normalisation between two reshapes.",
        before: "y = Reshape(InstanceNormalization(Reshape(x: N×C×…, [0, G, −1]), γ, β), shape of x)",
        after: "y = GroupNormalization(x, γ′, β′) {groups = G}",
        note: "As PyTorch writes its GroupNorm to ONNX before operator set 18 (Wu and He, 2018). γ′ and β′ repeat those of "
            + "each group for its channels; multiplications after it are folded in by `fold-scales`.")

    public init() {}

    public func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard view[node].op is Reshape, let normalized = view.input(node, 0) else { return nil }
        guard let norm = view.producer(normalized, InstanceNormalization.self) else { return nil }
        guard let grouped = view.input(norm.id, 0), let first = view.producer(grouped, Reshape.self) else { return nil }
        guard let x = view.input(first.id, 0) else { return nil }
        let type = view.type(x), groupedType = view.type(grouped), output = view[node].outputs[0]
        guard groupedType.rank == 3, let groups = groupedType.extent(1), let channels = type.extent(1) else { return nil }
        guard groups > 0, channels % groups == 0, (type.rank ?? 0) > 2 else { return nil }
        guard sameBatch(type, groupedType, first.id, in: view), returns(to: x, node, in: view) else {
            return view.decline(node, "the shapes aren't known to fit")
        }
        guard view.soleConsumer(normalized) == node else { return view.decline(node, "\(view[norm.id].name) has other readers") }
        guard let scale = view.constant(view.input(norm.id, 1)), let bias = view.constant(view.input(norm.id, 2)) else {
            return view.decline(node, "scale and bias aren't constants")
        }
        var patch = GraphPatch("a group normalisation of \(groups) groups", promise: .rounding(in: type.elementType))
        let name = view[norm.id].name
        let op = GroupNormalization(groups: groups, epsilon: norm.op.epsilon)
        let inputs = [
            .existing(x), patch.constant("\(name).scale", try repeated(scale, channels / groups)),
            patch.constant("\(name).bias", try repeated(bias, channels / groups)),
        ]
        patch.replace(output, with: patch.add(op, inputs, name: name))
        return patch
    }

    /// Whether the first reshape keeps the batch, so that the groups are made of channels.
    private func sameBatch(_ x: TensorType, _ grouped: TensorType, _ reshape: NodeID, in view: GraphView) -> Bool {
        if let batch = x.shape?.first, batch != .unknown, batch == grouped.shape?.first { return true }
        // A 0 in the shape says so whatever the extent.
        guard let op: Reshape = view.op(reshape), !op.allowZero, let shape = try? view.integers(reshape, 1) else { return false }
        return shape.first == 0
    }

    /// Whether the last reshape gives the shape of `x` again.
    private func returns(to x: ValueID, _ node: NodeID, in view: GraphView) -> Bool {
        if view.type(view[node].outputs[0]).hasShape(of: view.type(x)) { return true }
        guard let shape = view.producer(view.input(node, 1), ShapeOf.self) else { return false }
        return shape.op.start == 0 && shape.op.end == nil && view.input(shape.id, 0) == x
    }

    private func repeated(_ tensor: Tensor, _ times: Int) throws(OsteonError) -> Tensor {
        let values = try tensor.doubles().flatMap { [Double](repeating: $0, count: times) }
        return try Tensor(values, shape: [values.count], rounded: tensor.elementType)
    }
}
