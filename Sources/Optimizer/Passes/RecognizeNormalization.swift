import Bytes
import GraphIR
import Operators
import Tensors

/// Finds normalisations by mean and variance that were spelled out.
public struct RecognizeNormalization: RewriteRule {
    public static let id = "recognize-normalization"
    public static let promise = NumericPromise.rounding(relative: 1e-4)
    public static let runsAfter = ["push-transpositions", "eliminate-common-subexpressions"]
    public static let documentation = PassDocumentation(
        "Finds instance and layer normalisations spelled out with means.",
        before: "d = x − ReduceMean(x); y = d / Sqrt(ReduceMean(d²) + ε)",
        after: "y = InstanceNormalization(x, 1, 0), or LayerNormalization(x, 1)",
        note: "Over all spatial axes of N C … (Ulyanov, Vedaldi and Lempitsky, 2016) or over the last axes (Ba, Kiros and "
            + "Hinton, 2016). Also with the reciprocal of the deviation as a factor. The channels' number must be known; "
            + "scales and shifts after it are folded in by `fold-scales` and `fuse-bias`.")

    public init() {}

    public func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let (centred, deviation) = quotient(node, in: view) else { return nil }
        guard let difference = view.producer(centred, Subtract.self), let x = view.input(difference.id, 0) else { return nil }
        guard let mean = try mean(view.input(difference.id, 1), in: view), mean.of == x else { return nil }
        guard let (variance, epsilon) = try variance(below: deviation, in: view) else { return nil }
        guard let square = try self.mean(variance, in: view), square.axes == mean.axes else { return nil }
        guard try isSquare(square.of, of: centred, in: view) else { return nil }
        let type = view.type(x)
        guard let rank = type.rank, view.type(view[node].outputs[0]).rank == rank else { return nil }
        var patch = GraphPatch("", promise: type.elementType.isHalf ? .rounding(in: type.elementType) : nil)
        let name = view[node].name
        let output: GraphPatch.Reference
        // Over the last of three axes the two are one; what follows is rather by the last axis then.
        if mean.axes == [rank - 1], let width = type.extent(rank - 1) {
            let scale = patch.constant("\(name).scale", try ones(width, 1, type.elementType))
            output = patch.add(LayerNormalization(axis: -1, epsilon: epsilon), [.existing(x), scale], name: name)
            patch.reason = "a layer normalisation"
        } else if mean.axes == Array(2 ..< max(rank, 2)), rank > 2, let channels = type.extent(1) {
            let scale = patch.constant("\(name).scale", try ones(channels, 1, type.elementType))
            let bias = patch.constant("\(name).bias", try ones(channels, 0, type.elementType))
            output = patch.add(InstanceNormalization(epsilon: epsilon), [.existing(x), scale, bias], name: name)
            patch.reason = "an instance normalisation"
        } else {
            return view.decline(node, "the means are over axes \(mean.axes)")
        }
        patch.replace(view[node].outputs[0], with: output)
        return patch
    }

    private func ones(_ count: Int, _ value: Double, _ type: ElementType) throws(OsteonError) -> Tensor {
        try Tensor([Double](repeating: value, count: count), shape: [count], rounded: type)
    }

    /// `a / b`, or `a` times the reciprocal of `b`.
    private func quotient(_ node: NodeID, in view: GraphView) -> (ValueID, ValueID)? {
        if view[node].op is Divide, let a = view.input(node, 0), let b = view.input(node, 1) { return (a, b) }
        guard view[node].op is Multiply else { return nil }
        for place in 0 ... 1 {
            guard let a = view.input(node, place), let factor = view.input(node, 1 - place) else { continue }
            if let reciprocal = view.producer(factor, Reciprocal.self), let b = view.input(reciprocal.id, 0) { return (a, b) }
            guard let inverse = view.producer(factor, Divide.self), let b = view.input(inverse.id, 1) else { continue }
            if (try? view.constant(view.input(inverse.id, 0))?.singleValue()) == 1 { return (a, b) }
        }
        return nil
    }

    /// What a mean that keeps its axes is of, and over which.
    private func mean(_ value: ValueID?, in view: GraphView) throws(OsteonError) -> (of: ValueID, axes: [Int])? {
        guard let mean = view.producer(value, ReduceMean.self), mean.op.keepDimensions else { return nil }
        guard let x = view.input(mean.id, 0), let rank = view.type(x).rank else { return nil }
        guard let axes = try view.integers(mean.id, 1), !axes.isEmpty else { return nil }
        return (x, axes.map { $0 < 0 ? $0 + rank : $0 }.sorted())
    }

    /// The variance and ε below a deviation `√(variance + ε)`.
    private func variance(below deviation: ValueID, in view: GraphView) throws(OsteonError) -> (ValueID, Double)? {
        var sum: ValueID?
        if let root = view.producer(deviation, Sqrt.self) { sum = view.input(root.id, 0) }
        if let power = view.producer(deviation, Power.self) {
            if try view.constant(view.input(power.id, 1))?.singleValue() == 0.5 { sum = view.input(power.id, 0) }
        }
        guard let added = view.producer(sum, Add.self), let terms = view.constantOperand(added.id) else { return nil }
        guard let epsilon = try terms.constant.singleValue(), epsilon >= 0 else { return nil }
        return (terms.value, epsilon)
    }

    private func isSquare(_ value: ValueID, of base: ValueID, in view: GraphView) throws(OsteonError) -> Bool {
        if let product = view.producer(value, Multiply.self) { return view[product.id].inputs == [base, base] }
        guard let power = view.producer(value, Power.self), view.input(power.id, 0) == base else { return false }
        return try view.constant(view.input(power.id, 1))?.singleValue() == 2
    }
}
