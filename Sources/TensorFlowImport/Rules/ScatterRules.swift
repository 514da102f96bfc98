import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Elements and slices put where indices say.
enum ScatterRules {
    static let table: [String: ImportRule] = [
        "ScatterNd": scatter, "TensorScatterUpdate": into(.none), "TensorScatterAdd": into(.add), "TensorScatterMax": into(.max),
        "TensorScatterMin": into(.min), "TensorScatterSub": subtract, "ScatterNdNonAliasingAdd": into(.add),
        "SparseToDense": dense, "SparseTensorDenseMatMul": sparseProduct, "InvertPermutation": invert,
        "DynamicStitch": stitch, "ParallelDynamicStitch": stitch, "DynamicPartition": partition,
    ]

    /// Updates added up in a tensor of zeros.
    private static func scatter(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let updates = try node.input(1)
        let zeros = try f.filled(builder.asInt64(node.input(2)), f.elementType(updates))
        return [try builder.result(ScatterND(reduction: .add), [zeros, builder.asInt64(node.input(0)), updates])]
    }

    private static func into(_ reduction: ScatterReduction) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            [try builder.result(ScatterND(reduction: reduction), [node.input(0), builder.asInt64(node.input(1)), node.input(2)])]
        }
    }

    private static func subtract(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let negated = try builder.step("negated", Negate(), [node.input(2)])
        return [try builder.result(ScatterND(reduction: .add), [node.input(0), builder.asInt64(node.input(1)), negated])]
    }

    /// The values of a sparse tensor in a dense one; a scalar goes to all places.
    private static func dense(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        var indices = try builder.asInt64(node.input(0))
        var values = try node.input(2)
        switch try f.rank(indices, "indices") {
        case 0: indices = try f.unsqueezed(indices, [0, 1])
        case 1: indices = try f.unsqueezed(indices, [1])
        default: break
        }
        if try f.rank(values, "values") == 0 { values = try f(Expand(), values, f.unsqueezed(f.extent(indices, 0), [0])) }
        let empty = try f(Expand(), node.input(3), builder.asInt64(node.input(1)))
        return [try builder.result(ScatterND(), [empty, indices, values])]
    }

    /// The product of a sparse matrix with a dense one.
    private static func sparseProduct(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let values = try node.input(1)
        let zeros = try f.filled(builder.asInt64(node.input(2)), f.elementType(values))
        let matrix = try f(ScatterND(reduction: .add), zeros, builder.asInt64(node.input(0)), values)
        var operands = [matrix, try node.input(3)]
        for (place, name) in ["adjoint_a", "adjoint_b"].enumerated() where try node.attributes.bool(name, default: false) {
            operands[place] = try f(Transpose(permutation: [1, 0]), operands[place])
        }
        return [try builder.result(MatMul(), operands)]
    }

    /// The permutation that undoes one.
    private static func invert(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let type = f.elementType(x)
        let count = try f.extent(x, 0)
        let zeros = try f.filled(f.unsqueezed(count, [0]), type)
        let indices = try f.unsqueezed(builder.asInt64(x), [1])
        return [try builder.result(ScatterND(), [zeros, indices, f.cast(f.range(count), type)])]
    }

    /// Slices of several tensors at the places that as many index tensors name; later ones over earlier ones.
    private static func stitch(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let count = node.inputs.count / 2
        guard count > 0, node.inputs.count == 2 * count else { throw OsteonError(.malformed, "\(node.inputs.count) inputs.") }
        var indices: [ValueID] = []
        var slices: [ValueID] = []
        var rest: ValueID?
        for place in 0..<count {
            let index = try builder.asInt64(node.inputs[place])
            let data = node.inputs[count + place]
            let axes = try f.rank(index, "indices")
            if rest == nil { rest = try f(ShapeOf(start: axes), data) }
            indices.append(try f.reshaped(index, [-1]))
            slices.append(try rows(of: data, joining: axes, f))
        }
        let all = try count == 1 ? indices[0] : builder.step("indices", Concat(axis: 0), indices)
        let updates = try count == 1 ? slices[0] : builder.step("slices", Concat(axis: 0), slices)
        let extent = try f(Add(), f(ReduceMaximum(), all, f.integers([0])), f.integers([1]))
        let shape = try f(Concat(axis: 0), extent, rest)
        return [try builder.result(ScatterND(), [f.filled(shape, f.elementType(updates)), f.unsqueezed(all, [1]), updates])]
    }

    /// The first axes of a tensor joined to one.
    static func rows(of data: ValueID, joining axes: Int, _ f: Formula) throws(OsteonError) -> ValueID {
        switch axes {
        case 1: return data
        case 0: return try f.unsqueezed(data, [0])
        default: return try f(Reshape(), data, f(Concat(axis: 0), f.integers([-1]), f(ShapeOf(start: axes), data)))
        }
    }

    /// The slices that belong to each part, in their order.
    private static func partition(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let parts = try builder.asInt64(node.input(1))
        let count = try node.attributes.int("num_partitions", default: 1)
        guard count >= 1, count <= 1 << 16 else { throw OsteonError(.malformed, "\(count) parts.") }
        let data = try rows(of: node.input(0), joining: f.rank(parts, "partitions"), f)
        let list = try f.reshaped(parts, [-1])
        var results: [ValueID] = []
        for part in 0..<count {
            let taken = try builder.step("\(part)", Compress(axis: 0), [data, f(Equal(), list, f.integer(part))])
            results.append(part == 0 ? try f.result(taken) : taken)
        }
        return results
    }
}
