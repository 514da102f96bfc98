import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Of overlapping boxes only those with the highest scores.
enum DetectionRules {
    static let table: [String: ImportRule] = [
        "NonMaxSuppression": plain, "NonMaxSuppressionV2": plain, "NonMaxSuppressionV3": plain, "NonMaxSuppressionV4": padded,
        "NonMaxSuppressionV5": scored, "CombinedNonMaxSuppression": combined,
    ]

    /// The numbers of the boxes selected, best first, as `i64`; `boxes` are of one image and class.
    private static func selected(
        _ node: RuleNode, _ boxes: ValueID, _ scores: ValueID, _ f: Formula
    ) throws(OsteonError) -> ValueID {
        let all = try f.unsqueezed(boxes, [0])
        let values = try f.unsqueezed(scores, [0, 1])
        let limit = try f(Maximum(), f.builder.asInt64(node.input(2)), f.integer(0))
        let overlap: ValueID
        if node.inputs.count > 3 {
            overlap = try f.cast(node.input(3), .f32)
        } else {
            let threshold = try node.attributes.double("iou_threshold", default: 0.5)
            overlap = f.builder.constant(try Tensor(scalar: Float(threshold)), "overlap")
        }
        let threshold = node.inputs.count > 4 ? try f.cast(node.input(4), .f32) : nil
        let rows = try f(NonMaxSuppression(), all, values, limit, overlap, threshold)
        return try f(Gather(axis: 1), rows, f.integer(2))
    }

    private static func plain(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        return [try f.result(f.cast(selected(node, node.input(0), node.input(1), f), .i32))]
    }

    /// Padded with zeros to the most there may be, where asked for, and how many there are.
    private static func padded(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let boxes = try selected(node, node.input(0), node.input(1), f)
        let count = try f(Size(), boxes)
        let numbers = try f.result(f.cast(filled(boxes, count, node, f), .i32))
        return [numbers, try f.cast(count, .i32)]
    }

    private static func filled(_ list: ValueID, _ count: ValueID, _ node: RuleNode, _ f: Formula) throws(OsteonError) -> ValueID {
        guard try node.attributes.bool("pad_to_max_output_size", default: false) else { return list }
        let limit = try f(Maximum(), f.builder.asInt64(node.input(2)), f.integer(0))
        let zeros = try f.filled(f.unsqueezed(limit, [0]), f.elementType(list))
        return try f(ScatterND(), zeros, f.unsqueezed(f.range(count), [1]), list)
    }

    /// With the scores of those selected; nothing is weakened instead of suppressed.
    private static func scored(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        guard let sigma = builder.graph.constant(try node.input(5)), try sigma.doubles().allSatisfy({ $0 == 0 }) else {
            throw OsteonError(.unsupported, "soft suppression: its sigma isn't a constant 0")
        }
        let f = Formula(builder)
        let boxes = try selected(node, node.input(0), node.input(1), f)
        let count = try f(Size(), boxes)
        let scores = try f(Gather(axis: 0), node.input(1), boxes)
        let numbers = try f.result(f.cast(filled(boxes, count, node, f), .i32))
        return [numbers, try filled(scores, count, node, f), try f.cast(count, .i32)]
    }

    /// Suppression in each class of each image, then the best of all classes: boxes, scores, classes and how many there are.
    private static func combined(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let boxes = try node.input(0)
        let scores = try node.input(1)
        guard let shape = builder.graph.type(boxes).shape, shape.count == 4, let sets = shape[2].fixed, sets == 1 else {
            throw OsteonError(.unsupported, "boxes of each class, or whose shape isn't known")
        }
        let each = try builder.constantInteger(node.input(2), "most boxes of a class")
        let total = try builder.constantInteger(node.input(3), "most boxes of an image")
        guard let classes = builder.graph.type(scores).shape?.last?.fixed, total > 0, each > 0 else {
            throw OsteonError(.unsupported, "a number of classes that isn't fixed")
        }
        let kept =
            try node.attributes.bool("pad_per_class", default: false)
            ? min(total, Checked.multiply(each, classes)) : total
        let images = try f.extent(scores, 0)
        let count = try f.extent(scores, 1)
        let all = try f(Multiply(), count, f.integer(classes))
        let byClass = try f(Transpose(permutation: [0, 2, 1]), scores)
        let single = try f(Squeeze(), boxes, f.integers([2]))
        let rows = try f(
            NonMaxSuppression(), single, byClass, f.integer(each), f.cast(node.input(4), .f32), f.cast(node.input(5), .f32))
        // The scores selected, all others −∞, as one row an image.
        let none = try f(Expand(), f.number(-Double.infinity, like: scores), f.shape(byClass))
        let left = try f(ScatterND(), none, rows, f(GatherND(), byClass, rows))
        let table = try f(Reshape(allowZero: true), left, f.vector([images, all]))
        // Enough places to fill the result from.
        let filler = try f(Expand(), f.number(-Double.infinity, like: scores), f.vector([images, f.integer(kept)]))
        let best = try builder.steps("best", TopK(axis: -1), [f(Concat(axis: 1), table, filler), f.integers([kept])], count: 2)
        let isBox = try f(Greater(), best[0], f.number(-Double.infinity, like: scores))
        let place = try f(Where(), isBox, best[1], f.integer(0))
        let label = try f.cast(f(Divide(), place, count), f.elementType(scores))
        let zero = try f.number(0, like: scores)
        var found = try f(GatherND(batchDimensions: 1), single, f.unsqueezed(f(Modulo(), place, count), [2]))
        if try node.attributes.bool("clip_boxes", default: true) {
            found = try f(Minimum(), f(Maximum(), found, zero), f.number(1, like: scores))
        }
        let valid = try f(ReduceSum(keepDimensions: false), f.cast(isBox, .i32), f.integers([1]))
        return [
            try f.result(f(Where(), f.unsqueezed(isBox, [2]), found, zero)), try f(Where(), isBox, best[0], zero),
            try f(Where(), isBox, label, zero), valid,
        ]
    }
}
