import Bytes
import GraphIR
import Operators
import Tensors

/// Operators that pick, place, sort and count elements.
enum IndexingRules {
    static let table: [String: ImportRule] = [
        "Gather": { (node) throws(OsteonError) in
            var op = Gather()
            op.axis = try node.integer("axis", 0)
            return try node.finish(op, node.inputs)
        },
        "GatherElements": { (node) throws(OsteonError) in
            var op = GatherElements()
            op.axis = try node.integer("axis", 0)
            return try node.finish(op, node.inputs)
        },
        "GatherND": { (node) throws(OsteonError) in
            var op = GatherND()
            op.batchDimensions = try node.integer("batch_dims", 0)
            return try node.finish(op, node.inputs)
        },
        "ScatterElements": scatterElements, "Scatter": scatterElements,
        "ScatterND": { (node) throws(OsteonError) in
            var op = ScatterND()
            op.reduction = try node.choice("reduction", "none", reductions)
            return try node.finish(op, node.inputs)
        },
        "Compress": { (node) throws(OsteonError) in
            var op = Compress()
            op.axis = try node.integer("axis")
            return try node.finish(op, node.inputs)
        },
        "NonZero": same(NonZero()),
        "OneHot": { (node) throws(OsteonError) in
            var op = OneHot()
            op.axis = try node.integer("axis", -1)
            return try node.finish(op, node.inputs)
        },
        "TopK": { (node) throws(OsteonError) in
            var op = TopK()
            op.axis = try node.integer("axis", -1)
            op.largest = try node.flag("largest", true)
            op.sorted = try node.flag("sorted", true)
            return try node.finish(op, [try node.input(0), try topCount(node)])
        },
        "Trilu": { (node) throws(OsteonError) in
            var op = Trilu()
            op.upper = try node.flag("upper", true)
            return try node.finish(op, node.inputs)
        },
        "EyeLike": { (node) throws(OsteonError) in
            var op = EyeLike()
            op.elementType = try node.elementType("dtype")
            op.k = try node.integer("k", 0)
            return try node.finish(op, node.inputs)
        },
        "Unique": { (node) throws(OsteonError) in
            var op = Unique()
            op.axis = try node.integer("axis")
            op.sorted = try node.flag("sorted", true)
            return try node.finish(op, node.inputs)
        },
    ]

    private static let reductions: [String: ScatterReduction] = ["none": .none, "add": .add, "mul": .mul, "max": .max, "min": .min]

    private static let scatterElements: ImportRule = { (node) throws(OsteonError) in
        var op = ScatterElements()
        op.axis = try node.integer("axis", 0)
        op.reduction = try node.choice("reduction", "none", reductions)
        return try node.finish(op, node.inputs)
    }

    /// An attribute before version 10.
    private static func topCount(_ node: NodeContext) throws(OsteonError) -> ValueID {
        guard node.version < 10 else { return try node.input(1) }
        guard let k = try node.integer("k") else { throw OsteonError(.malformed, "Attribute k is missing.") }
        return try node.constant([k], "k")
    }
}
