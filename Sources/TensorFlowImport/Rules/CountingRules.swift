import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Counting, ranking and telling elements apart.
enum CountingRules {
    static let table: [String: ImportRule] = [
        "Bincount": count, "DenseBincount": denseCount, "HistogramFixedWidth": histogram,
        "Unique": unique(hasCounts: false), "UniqueV2": unique(hasCounts: false), "UniqueWithCounts": unique(hasCounts: true),
        "UniqueWithCountsV2": unique(hasCounts: true), "ListDiff": difference, "InTopK": isAmongTop, "InTopKV2": isAmongTop,
        "TopK": top, "NthElement": nthElement,
        "LowerBound": bound { (f, values, sorted) throws(OsteonError) in try f(Greater(), values, sorted) },
        "UpperBound": bound { (f, values, sorted) throws(OsteonError) in try f(GreaterOrEqual(), values, sorted) },
    ]

    /// How often each number below a size is there, or the sum of the weights of its places. Others don't count.
    private static func count(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let places = try f.reshaped(builder.asInt64(node.input(0)), [-1])
        let size = try builder.asInt64(node.input(1))
        let weights = try weights(node.input(2), of: places, f)
        return [try f.result(totals(f(Minimum(), places, size), weights, size, .add, f))]
    }

    /// The weights as a list; ones where there are none, which may show only when the graph runs.
    private static func weights(_ weights: ValueID, of places: ValueID, _ f: Formula) throws(OsteonError) -> ValueID {
        let list = try f.reshaped(weights, [-1])
        let extent = f.builder.graph.type(weights).count
        if let extent, extent > 0 { return list }
        let ones = try f.filled(f.shape(places), f.elementType(weights), 1)
        if extent == 0 { return ones }
        return try f.slice(f(Concat(axis: 0), list, ones), 0, from: f.integer(0), to: f.extent(places, 0))
    }

    /// Weights gathered at places from 0 to `size`; what's at `size` is dropped.
    private static func totals(
        _ places: ValueID, _ weights: ValueID, _ size: ValueID, _ reduction: ScatterReduction, _ f: Formula
    ) throws(OsteonError) -> ValueID {
        let empty = try f.filled(f.unsqueezed(f(Add(), size, f.integer(1)), [0]), f.elementType(weights))
        let all = try f(ScatterND(reduction: reduction), empty, f.unsqueezed(places, [-1]), weights)
        return try f.slice(all, 0, from: f.integer(0), to: size)
    }

    /// Counts of a list, or of each row.
    private static func denseCount(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try builder.asInt64(node.input(0))
        let size = try builder.asInt64(node.input(1))
        let rank = try f.rank(x)
        guard rank == 1 || rank == 2 else { throw OsteonError(.unsupported, "counts of data of rank \(rank)") }
        let isBinary = try node.attributes.bool("binary_output", default: false)
        var weights = try weights(node.input(2), of: f.reshaped(x, [-1]), f)
        if isBinary { weights = try f.filled(f.shape(weights), f.elementType(weights), 1) }
        let reduction = isBinary ? ScatterReduction.none : .add
        var places = try f(Minimum(), x, size)
        guard rank == 2 else { return [try f.result(totals(places, weights, size, reduction, f))] }
        let rows = try f.extent(x, 0)
        let width = try f(Add(), size, f.integer(1))
        places = try f(Add(), places, f.unsqueezed(f(Multiply(), f.range(rows), width), [1]))
        let empty = try f.filled(f.unsqueezed(f(Multiply(), rows, width), [0]), f.elementType(weights))
        let all = try f(ScatterND(reduction: reduction), empty, f.unsqueezed(f.reshaped(places, [-1]), [-1]), weights)
        let table = try f(Reshape(allowZero: true), all, f.vector([rows, width]))
        return [try f.result(f.slice(table, 1, from: f.integer(0), to: size))]
    }

    /// How many values are in each of some even bins; the outer bins take what lies outside.
    private static func histogram(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let values = try f.reshaped(node.input(0), [-1])
        let bounds = try node.input(1)
        let low = try f(Gather(axis: 0), bounds, f.integer(0))
        let high = try f(Gather(axis: 0), bounds, f.integer(1))
        let bins = try builder.asInt64(node.input(2))
        let step = try f(Divide(), f.cast(f(Subtract(), high, low), .f64), f.cast(bins, .f64))
        let raised = try f.cast(f(Subtract(), f(Maximum(), values, low), low), .f64)
        let last = try f.cast(f(Subtract(), bins, f.integer(1)), .f64)
        let places = try f.cast(f(Minimum(), f(Divide(), raised, step), last), .i64)
        let ones = try f.filled(f.shape(places), node.attributes.type("dtype") ?? .i32, 1)
        return [try f.result(totals(places, ones, bins, .add, f))]
    }

    /// The different elements in order of their first appearance, and which of them each place holds.
    private static func unique(hasCounts: Bool) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            var axis: Int?
            if node.inputs.count > 1 { axis = try builder.constantIntegers(node.input(1), "axis").first }
            let parts = try builder.outputs(Unique(axis: axis, sorted: false), [node.input(0)], count: 4)
            let type = try node.attributes.type("out_idx") ?? .i32
            let places = try builder.converted(parts[2], to: type)
            return hasCounts ? [parts[0], places, try builder.converted(parts[3], to: type)] : [parts[0], places]
        }
    }

    /// The elements of one list that aren't in another, and their places.
    private static func difference(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let isEqual = try f(Equal(), f.unsqueezed(x, [1]), f.unsqueezed(node.input(1), [0]))
        let isLeft = try f(Not(), f(ReduceAny(keepDimensions: false), isEqual, f.integers([1])))
        let kept = try f.result(f(Compress(axis: 0), x, isLeft))
        let places = try f(Compress(axis: 0), f.range(f.extent(x, 0)), isLeft)
        return [kept, try f.cast(places, node.attributes.type("out_idx") ?? .i32)]
    }

    /// Whether fewer than k classes have a higher score than the target; false where a score isn't finite.
    private static func isAmongTop(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let scores = try node.input(0)
        let targets = try builder.asInt64(node.input(1))
        let k = try node.inputs.count > 2 ? builder.asInt64(node.input(2)) : f.integer(node.attributes.int("k", default: 1))
        let last = try f.integers([1])
        let zero = try f.number(0, like: scores)
        let isTarget = try f(Equal(), f.unsqueezed(targets, [-1]), f.range(f.extent(scores, 1)))
        let target = try f(ReduceSum(), f(Where(), isTarget, scores, zero), last)
        let above = try f(ReduceSum(keepDimensions: false), f.cast(f(Greater(), scores, target), .i64), last)
        let isFinite = try f(Equal(), f(Subtract(), scores, scores), zero)
        let isKnown = try f(And(), f(ReduceAny(keepDimensions: false), isTarget, last), f(ReduceAll(keepDimensions: false), isFinite, last))
        return [try f.result(f(And(), isKnown, f(Less(), above, k)))]
    }

    private static func top(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let op = TopK(axis: -1, sorted: try node.attributes.bool("sorted", default: true))
        let count = try builder.integers([node.attributes.int("k", default: 1)], "count")
        let both = try builder.outputs(op, [node.input(0), count], count: 2)
        return [both[0], try builder.converted(both[1], to: .i32)]
    }

    /// The n-th smallest (or largest) element along the last axis.
    private static func nthElement(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let place = try builder.asInt64(node.input(1))
        let op = TopK(axis: -1, largest: try node.attributes.bool("reverse", default: false))
        let count = try f.unsqueezed(f(Add(), place, f.integer(1)), [0])
        let sorted = try builder.steps("sorted", op, [node.input(0), count], count: 2)
        return [try f.result(f(Gather(axis: -1), sorted[0], place))]
    }

    /// Where values would go into sorted rows: how many elements of the row they pass.
    private static func bound(
        _ passes: @escaping @Sendable (Formula, ValueID, ValueID) throws(OsteonError) -> ValueID
    ) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let f = Formula(builder)
            let isPassed = try passes(f, f.unsqueezed(node.input(1), [2]), f.unsqueezed(node.input(0), [1]))
            let type = try node.attributes.type("out_type") ?? .i32
            return [try f.result(f(ReduceSum(keepDimensions: false), f.cast(isPassed, type), f.integers([2])))]
        }
    }
}
