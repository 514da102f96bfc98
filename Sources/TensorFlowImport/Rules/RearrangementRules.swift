import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Axes rolled and reversed, places counted, shapes broadcast.
enum RearrangementRules {
    static let table: [String: ImportRule] = [
        "Roll": roll, "ReverseSequence": reverseSequence, "Reverse": reverse, "ParallelConcat": stack,
        "BroadcastArgs": broadcastShapes, "UnravelIndex": unravel,
    ]

    /// Every axis named turned by so many places, what leaves at one end coming in at the other.
    private static func roll(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let shifts = try builder.axes(node.input(1))
        let axes = try builder.constantIntegers(node.input(2), "axes")
        var value = try node.input(0)
        guard builder.graph.type(shifts).count ?? axes.count == axes.count, let rank = builder.graph.type(value).rank else {
            throw OsteonError(.unsupported, "data or shifts whose number of axes isn't known")
        }
        for (place, axis) in axes.enumerated() {
            guard axis >= -rank, axis < rank else { throw OsteonError(.malformed, "Axis \(axis) of data of rank \(rank).") }
            let position = axis < 0 ? axis + rank : axis
            let extent = try f.extent(value, position)
            let shift = try f(Gather(axis: 0), shifts, f.integer(place))
            // An empty axis has nothing to turn.
            let count = try f(Maximum(), extent, f.integer(1))
            let cut = try f(Modulo(), f(Negate(), shift), count)
            guard let known = try builder.graph.constant(cut)?.integers().first else {
                // The parts' extents aren't known; that of the whole stays what it is.
                let places = try f(Modulo(), f(Add(), f.range(extent), cut), count)
                value = try f(Gather(axis: position), value, places)
                continue
            }
            guard known != 0 else { continue }
            let front = try f.slice(value, position, from: f.integer(0), to: cut)
            let back = try f.slice(value, position, from: cut, to: f.integer(.max))
            value = try f(Concat(axis: position), back, front)
        }
        return [try f.result(value)]
    }

    private static func reverseSequence(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let op = ReverseSequence(
            batchAxis: try node.attributes.int("batch_dim", default: 0), timeAxis: try node.attributes.int("seq_dim", default: 0))
        return [try builder.result(op, [node.input(0), builder.asInt64(node.input(1))])]
    }

    /// The first `Reverse` has a flag for each axis.
    private static func reverse(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let flags = try builder.constantIntegers(node.input(1), "choice of axes")
        let axes = try builder.integers(flags.indices.filter { flags[$0] != 0 }, "axes")
        return [try builder.result(Reverse(), [node.input(0), axes])]
    }

    private static func stack(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let first = try node.input(0)
        return node.inputs.count == 1 ? [first] : [try builder.result(Concat(axis: 0), node.inputs)]
    }

    /// The shape that two shapes are broadcast to.
    private static func broadcastShapes(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let type = f.elementType(try node.input(0))
        var shapes = [try builder.asInt64(node.input(0)), try builder.asInt64(node.input(1))]
        var counts: [Int] = []
        for shape in shapes {
            guard let count = builder.graph.type(shape).count else {
                throw OsteonError(.unsupported, "shapes of ranks that aren't known; \(Parameter.input) gives the shape of what's fed")
            }
            counts.append(count)
        }
        let rank = counts.max() ?? 0
        for (place, count) in counts.enumerated() where count < rank {
            let ones = try f.integers(Array(repeating: 1, count: rank - count))
            shapes[place] = try f(Concat(axis: 0), ones, shapes[place])
        }
        guard let known = try common(shapes, builder) else {
            return [try f.result(f.cast(f(Where(), f(Equal(), shapes[0], f.integer(1)), shapes[1], shapes[0]), type))]
        }
        // Each extent from the shape that decides it: what's known of them stays known.
        let both = try f(Concat(axis: 0), shapes[0], shapes[1])
        let places = known.enumerated().map { place, isSecond in isSecond ? place + rank : place }
        return [try f.result(f.cast(f(Gather(axis: 0), both, f.integers(places)), type))]
    }

    /// Whether each extent is that of the second shape; nil where an extent that isn't known could be 1.
    private static func common(_ shapes: [ValueID], _ builder: GraphBuilder) throws(OsteonError) -> [Bool]? {
        guard let a = try builder.partial(shapes[0]), let b = try builder.partial(shapes[1]), a.count == b.count else { return nil }
        var result: [Bool] = []
        for (left, right) in zip(a, b) {
            if left == .known(1) || (right.value ?? 1) > 1 {
                result.append(true)
            } else if right == .known(1) || (left.value ?? 1) > 1 || (left == right && left != .unknown) {
                result.append(false)
            } else {
                return nil
            }
        }
        return result
    }

    /// Places in a flat tensor as places along each axis, an axis a row.
    private static func unravel(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let type = f.elementType(try node.input(0))
        let indices = try builder.asInt64(node.input(0))
        let extents = try builder.asInt64(node.input(1))
        let strides = try f(CumProd(exclusive: true, reverse: true), extents, f.integer(0))
        let isScalar = try f.rank(indices, "indices") == 0
        let steps = isScalar ? strides : try f.unsqueezed(strides, [1])
        let sizes = isScalar ? extents : try f.unsqueezed(extents, [1])
        return [try f.result(f.cast(f(Modulo(), f(Divide(), indices, steps), sizes), type))]
    }
}
