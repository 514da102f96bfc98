import Bytes
import GraphIR
import Operators
import Tensors

/// A normalisation by mean and deviation that was spelled out, in whatever order its factors were multiplied.
///
/// With m the mean of x and r = 1 / √(variance + ε), a value is followed down to x, m, r and constants and written as a
/// sum of products of them. `x · r · γ − m · r · γ + β` is the normalisation with scale γ and shift β, whether it was
/// spelled (x − m) · r · γ + β, x · (r · γ) + (β − m · (r · γ)) or otherwise.
struct SpelledNormalization {
    let x: ValueID
    /// The axes averaged over, ascending.
    let axes: [Int]
    let epsilon: Double
    /// In `f64`, of shapes that broadcast to x's.
    let scale: Tensor
    let shift: Tensor?

    /// What `node` computes, where that's a whole normalisation.
    init?(at node: NodeID, in view: GraphView) throws(OsteonError) {
        guard Self.isArithmetic(view[node].op), let root = Self.root(below: node, in: view) else { return nil }
        guard let found = try Self.deviation(root, in: view) else { return nil }
        var reader = Reader(x: found.x, mean: found.mean, root: root, view: view)
        guard let sum = try reader.sum(view[node].outputs[0], depth: 12), let rank = view.type(found.x).rank else { return nil }
        guard view.type(view[node].outputs[0]).rank == rank else { return nil }
        guard let scale = sum[.normal], let centre = sum[.mean], sum.count == 2 || (sum.count == 3 && sum[.one] != nil) else { return nil }
        // The mean must be taken off just as x is put in.
        let rest = try Add().evaluate([scale, centre])[0]
        guard scale.rank <= rank, try rest.doubles().allSatisfy({ $0 == 0 }) else { return nil }
        guard sum[.one]?.rank ?? 0 <= rank else { return nil }
        x = found.x
        axes = found.axes
        epsilon = found.epsilon
        self.scale = scale
        shift = sum[.one]
    }

    private static func isArithmetic(_ op: any Operator) -> Bool {
        op is Add || op is Subtract || op is Multiply || op is Divide || op is Reciprocal || op is Negate
    }

    /// The nearest root of a sum below `node`, past arithmetic alone.
    private static func root(below node: NodeID, in view: GraphView) -> ValueID? {
        var next = [node]
        var seen: Set<NodeID> = [node]
        for _ in 0..<6 {
            var below: [NodeID] = []
            for id in next {
                for case .some(let input) in view[id].inputs {
                    guard let producer = view.graph.producer(input), seen.insert(producer).inserted else { continue }
                    if isRoot(producer, in: view) { return input }
                    if isArithmetic(view[producer].op) { below.append(producer) }
                }
            }
            next = below
        }
        return nil
    }

    private static func isRoot(_ node: NodeID, in view: GraphView) -> Bool {
        if view[node].op is Sqrt { return true }
        return view[node].op is Power && (try? view.constant(view.input(node, 1))?.singleValue()) == 0.5
    }

    /// What's below a root: √(mean of (x − mean of x)² + ε).
    private static func deviation(
        _ root: ValueID, in view: GraphView
    ) throws(OsteonError) -> (x: ValueID, mean: ValueID, axes: [Int], epsilon: Double)? {
        guard let id = view.graph.producer(root), let added = view.producer(view.input(id, 0), Add.self) else { return nil }
        guard let terms = view.constantOperand(added.id), let epsilon = try terms.constant.singleValue(), epsilon >= 0 else { return nil }
        guard let variance = try mean(terms.value, in: view), let centred = try base(ofSquare: variance.of, in: view) else { return nil }
        guard let difference = view.producer(centred, Subtract.self) else { return nil }
        guard let x = view.input(difference.id, 0), let subtracted = view.input(difference.id, 1) else { return nil }
        guard let mean = try mean(subtracted, in: view), mean.of == x, mean.axes == variance.axes else { return nil }
        return (x, subtracted, mean.axes, epsilon)
    }

    /// What a mean that keeps its axes is of, and over which.
    private static func mean(_ value: ValueID?, in view: GraphView) throws(OsteonError) -> (of: ValueID, axes: [Int])? {
        guard let mean = view.producer(value, ReduceMean.self), mean.op.keepDimensions else { return nil }
        guard let x = view.input(mean.id, 0), let rank = view.type(x).rank else { return nil }
        guard let axes = try view.integers(mean.id, 1), !axes.isEmpty else { return nil }
        return (x, axes.map { $0 < 0 ? $0 + rank : $0 }.sorted())
    }

    private static func base(ofSquare value: ValueID, in view: GraphView) throws(OsteonError) -> ValueID? {
        if let product = view.producer(value, Multiply.self) {
            let inputs = view[product.id].inputs
            return inputs[0] == inputs[1] ? inputs[0] : nil
        }
        guard let power = view.producer(value, Power.self), try view.constant(view.input(power.id, 1))?.singleValue() == 2 else {
            return nil
        }
        return view.input(power.id, 0)
    }
}

/// Powers of x, its mean and the inverse deviation.
private struct Monomial: Hashable {
    var x = 0, mean = 0, inverse = 0

    static let one = Monomial()
    static let normal = Monomial(x: 1, mean: 0, inverse: 1)
    static let mean = Monomial(x: 0, mean: 1, inverse: 1)
}

/// Writes values as sums of constants times monomials.
private struct Reader {
    typealias Sum = [Monomial: Tensor]

    let x: ValueID, mean: ValueID, root: ValueID
    let view: GraphView

    mutating func sum(_ value: ValueID, depth: Int) throws(OsteonError) -> Sum? {
        let one = try Tensor(scalar: 1.0)
        if value == x { return [Monomial(x: 1): one] }
        if value == mean { return [Monomial(mean: 1): one] }
        if let tensor = view.constant(value) {
            guard tensor.elementType.isFloat, tensor.count <= 1 << 20 else { return nil }
            return [.one: try tensor.converted(to: .f64)]
        }
        guard depth > 0, let node = view.graph.producer(value), let a = view.input(node, 0) else { return nil }
        switch view[node].op {
        case is Identity: return try sum(a, depth: depth - 1)
        case is Negate: return try sum(a, depth: depth - 1).map { (sum) throws(OsteonError) in try scaled(sum, by: -1) }
        case is Reciprocal where a == root: return [Monomial(inverse: 1): one]
        default: break
        }
        guard let b = view.input(node, 1) else { return nil }
        switch view[node].op {
        case is Divide where b == root:
            return try sum(a, depth: depth - 1).map { (sum) throws(OsteonError) in try multiplied(sum, [Monomial(inverse: 1): one]) }
        case is Multiply:
            guard let left = try sum(a, depth: depth - 1), let right = try sum(b, depth: depth - 1) else { return nil }
            return try multiplied(left, right)
        case is Add, is Subtract:
            guard let left = try sum(a, depth: depth - 1), let right = try sum(b, depth: depth - 1) else { return nil }
            return try added(left, view[node].op is Add ? right : scaled(right, by: -1))
        default: return nil
        }
    }

    private func scaled(_ sum: Sum, by factor: Double) throws(OsteonError) -> Sum {
        try multiplied(sum, [.one: Tensor(scalar: factor)])
    }

    private func added(_ a: Sum, _ b: Sum) throws(OsteonError) -> Sum {
        var result = a
        for (monomial, tensor) in b {
            result[monomial] = try result[monomial].map { (old) throws(OsteonError) in try Add().evaluate([old, tensor])[0] } ?? tensor
        }
        return result
    }

    private func multiplied(_ a: Sum, _ b: Sum) throws(OsteonError) -> Sum {
        var result: Sum = [:]
        for (left, first) in a {
            for (right, second) in b {
                let monomial = Monomial(x: left.x + right.x, mean: left.mean + right.mean, inverse: left.inverse + right.inverse)
                guard monomial.inverse <= 1 else { return [:] }
                let product = try Multiply().evaluate([first, second])[0]
                result = try added(result, [monomial: product])
            }
        }
        return result
    }
}
