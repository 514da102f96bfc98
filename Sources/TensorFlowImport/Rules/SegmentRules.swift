import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Slices put together by the segments they belong to.
///
/// Sorted segments end with the last one named and have 0 (products 1) where nothing belongs to one; unsorted ones are as many as
/// an input says, have the neutral element there, and negative numbers belong to none.
enum SegmentRules {
    static let table: [String: ImportRule] = [
        "SegmentSum": sorted(.add), "SegmentProd": sorted(.mul), "SegmentMax": sorted(.max), "SegmentMin": sorted(.min),
        "SegmentMean": { (node, builder) throws(OsteonError) in try mean(node, builder, isRoot: false) },
        "UnsortedSegmentSum": unsorted(.add), "UnsortedSegmentProd": unsorted(.mul), "UnsortedSegmentMax": unsorted(.max),
        "UnsortedSegmentMin": unsorted(.min), "SegmentSumV2": unsorted(.add), "SegmentProdV2": unsorted(.mul),
        "SegmentMaxV2": unsorted(.max), "SegmentMinV2": unsorted(.min),
        "SparseSegmentSum": gathering(sorted(.add)), "SparseSegmentSumWithNumSegments": gathering(sorted(.add)),
        "SparseSegmentMean": gathering { (node, builder) throws(OsteonError) in try mean(node, builder, isRoot: false) },
        "SparseSegmentMeanWithNumSegments": gathering { (node, builder) throws(OsteonError) in try mean(node, builder, isRoot: false) },
        "SparseSegmentSqrtN": gathering { (node, builder) throws(OsteonError) in try mean(node, builder, isRoot: true) },
        "SparseSegmentSqrtNWithNumSegments": gathering { (node, builder) throws(OsteonError) in try mean(node, builder, isRoot: true) },
    ]

    /// Rows of a matrix of zeros (or ones) that slices are put into.
    private static func empty(_ node: RuleNode, _ f: Formula, _ value: Double) throws(OsteonError) -> ValueID {
        let data = try node.input(0)
        let count = try node.inputs.count > 2 ? f.builder.asInt64(node.input(2)) : segmentCount(node, f)
        let shape = try f(Concat(axis: 0), f.unsqueezed(count, [0]), f(ShapeOf(start: 1), data))
        return try f.filled(shape, f.elementType(data), value)
    }

    private static func segmentCount(_ node: RuleNode, _ f: Formula) throws(OsteonError) -> ValueID {
        let last = try f(ReduceMaximum(keepDimensions: false), f.builder.asInt64(node.input(1)), f.integers([0]))
        return try f(Add(), f(Maximum(), last, f.integer(-1)), f.integer(1))
    }

    private static func sorted(_ reduction: ScatterReduction) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let f = Formula(builder)
            let data = try node.input(0)
            let rows = try f.unsqueezed(builder.asInt64(node.input(1)), [1])
            var start = try empty(node, f, reduction == .mul ? 1 : 0)
            // A segment that isn't empty begins with one of its own slices.
            if reduction == .max || reduction == .min { start = try f(ScatterND(), start, rows, data) }
            return [try builder.result(ScatterND(reduction: reduction), [start, rows, data])]
        }
    }

    /// The mean of each segment, or the sum over the square root of the count.
    private static func mean(_ node: RuleNode, _ builder: GraphBuilder, isRoot: Bool) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let data = try node.input(0)
        let rows = try f.unsqueezed(builder.asInt64(node.input(1)), [1])
        let zeros = try empty(node, f, 0)
        let sum = try f(ScatterND(reduction: .add), zeros, rows, data)
        let ones = try f.filled(f.shape(data), f.elementType(data), 1)
        var count = try f(Maximum(), f(ScatterND(reduction: .add), zeros, rows, ones), f.number(1, like: data))
        if isRoot { count = try f(Sqrt(), count) }
        return [try builder.result(Divide(), [sum, count])]
    }

    private static func unsorted(_ reduction: ScatterReduction) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let f = Formula(builder)
            let ids = try builder.asInt64(node.input(1))
            let axes = try f.rank(ids, "segments")
            let data = try ScatterRules.rows(of: node.input(0), joining: axes, f)
            let type = f.elementType(data)
            let count = try builder.asInt64(node.input(2))
            let list = try f.reshaped(ids, [-1])
            // What belongs to none goes to a row behind the last.
            let rows = try f.unsqueezed(f(Where(), f(Less(), list, f.integer(0)), count, list), [1])
            let neutral: ValueID
            switch reduction {
            case .max, .min: neutral = try f.extreme(type, isLeast: reduction == .max)
            default: neutral = try f.number(reduction == .mul ? 1 : 0, like: data)
            }
            let shape = try f(Concat(axis: 0), f.unsqueezed(f(Add(), count, f.integer(1)), [0]), f(ShapeOf(start: 1), data))
            let all = try f(ScatterND(reduction: reduction), f(Expand(), neutral, shape), rows, data)
            return [try f.result(f.slice(all, 0, from: f.integer(0), to: count))]
        }
    }

    /// The slices that indices name, then their segments.
    private static func gathering(_ rule: @escaping ImportRule) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            var request = node
            request.inputs[0] = try builder.step("slices", Gather(axis: 0), [node.input(0), builder.asInt64(node.input(1))])
            request.inputs.remove(at: 1)
            return try rule(request, builder)
        }
    }
}
