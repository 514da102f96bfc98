import Bytes
import GraphIR
import Operators
import Tensors

/// Operators that pick, place, sort and count elements.
enum IndexingRules {
    static let table: [ExportEntry] = [
        ExportEntry(Gather.self) { (node, op) throws(OsteonError) in
            try node.finish("Gather", [node.optional(0), try index(node, 1)], [.int("axis", op.axis)])
        },
        ExportEntry(GatherElements.self) { (node, op) throws(OsteonError) in
            try node.finish("GatherElements", [node.optional(0), try index(node, 1)], [.int("axis", op.axis)])
        },
        ExportEntry(GatherND.self) { (node, op) throws(OsteonError) in
            try node.finish("GatherND", [node.optional(0), try node.int64(1, "indices")], [.int("batch_dims", op.batchDimensions)])
        },
        ExportEntry(ScatterElements.self) { (node, op) throws(OsteonError) in
            let reduction = try reduction(node, op.reduction, "ScatterElements")
            try node.finish(
                "ScatterElements", [node.optional(0), try index(node, 1), node.optional(2)], [.int("axis", op.axis)] + reduction)
        },
        ExportEntry(ScatterND.self) { (node, op) throws(OsteonError) in
            try node.finish(
                "ScatterND", [node.optional(0), try node.int64(1, "indices"), node.optional(2)],
                try reduction(node, op.reduction, "ScatterND"))
        },
        ExportEntry(Compress.self) { (node, op) throws(OsteonError) in
            try node.finish("Compress", node.inputs, op.axis.map { [.int("axis", $0)] } ?? [])
        },
        .same(NonZero.self, "NonZero"),
        ExportEntry(OneHot.self) { (node, op) throws(OsteonError) in try node.finish("OneHot", node.inputs, [.int("axis", op.axis)]) },
        ExportEntry(TopK.self) { (node, op) throws(OsteonError) in
            var k = try node.int64(1, "k")
            if let operand = k, operand.rank != 1 { k = try node.reshape(operand, [1], "k") }
            try node.finish(
                "TopK", [node.optional(0), k], [.int("axis", op.axis), .flag("largest", op.largest), .flag("sorted", op.sorted)])
        },
        ExportEntry(Trilu.self) { (node, op) throws(OsteonError) in
            try node.finish("Trilu", [node.optional(0), try node.int64(1, "k")], [.flag("upper", op.upper)])
        },
        ExportEntry(EyeLike.self) { (node, op) throws(OsteonError) in
            try node.finish("EyeLike", node.inputs, [.int("k", op.k)] + (op.elementType.map { [.type("dtype", $0)] } ?? []))
        },
        ExportEntry(Unique.self) { (node, op) throws(OsteonError) in
            try node.finish("Unique", node.inputs, [.flag("sorted", op.sorted)] + (op.axis.map { [.int("axis", $0)] } ?? []))
        },
    ]

    /// Indices as `i32` or `i64`; others are converted.
    private static func index(_ node: ExportNode, _ input: Int) throws(OsteonError) -> Operand? {
        node.optional(input)?.elementType == .i32 ? node.optional(input) : try node.int64(input, "indices")
    }

    private static func reduction(_ node: ExportNode, _ reduction: ScatterReduction, _ name: String) throws(OsteonError) -> [Attribute] {
        switch reduction {
        case .none: return []
        case .add, .mul: try node.require(opset: 16, for: "\(name) with a reduction")
        case .max, .min: try node.require(opset: 18, for: "\(name) with the reduction \(reduction.rawValue)")
        }
        return [.text("reduction", reduction.rawValue)]
    }
}
