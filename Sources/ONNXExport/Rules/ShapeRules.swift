import Bytes
import GraphIR
import Operators
import Tensors

/// Shapes seen, changed and made; conversions between element types.
enum ShapeRules {
    static let table: [ExportEntry] = [
        .same(Identity.self, "Identity"), .same(Size.self, "Size"),
        ExportEntry(Reshape.self, reshape),
        ExportEntry(Flatten.self) { (node, op) throws(OsteonError) in try node.finish("Flatten", node.inputs, [.int("axis", op.axis)]) },
        ExportEntry(Squeeze.self) { (node, _) throws(OsteonError) in
            try node.finish("Squeeze", [node.optional(0), try node.int64(1, "axes")])
        },
        ExportEntry(Unsqueeze.self) { (node, _) throws(OsteonError) in
            try node.finish("Unsqueeze", [node.optional(0), try node.int64(1, "axes")])
        },
        ExportEntry(Cast.self) { (node, op) throws(OsteonError) in try node.finish("Cast", node.inputs, [.type("to", op.elementType)]) },
        ExportEntry(BitCast.self) { (node, op) throws(OsteonError) in try node.finish("BitCast", node.inputs, [.type("to", op.elementType)])
        },
        ExportEntry(ShapeOf.self, shape),
        ExportEntry(ConstantOfShape.self) { (node, op) throws(OsteonError) in
            let value = try Tensor([op.value]).converted(to: op.elementType)
            try node.finish("ConstantOfShape", [try node.int64(0, "shape")], [.tensor("value", value)])
        },
        ExportEntry(NumericRange.self) { (node, _) throws(OsteonError) in
            var inputs: [Operand] = []
            for (index, role) in ["start", "limit", "delta"].enumerated() {
                let number = try node.input(index)
                inputs.append(number.rank == 0 ? number : try node.reshape(number, [], role))
            }
            try node.finish("Range", inputs)
        },
        ExportEntry(StridedSlice.self, stridedSlice),
    ]

    private static func reshape(_ node: ExportNode, _ op: Reshape) throws(OsteonError) {
        var attributes: [Attribute] = []
        if op.allowZero {
            if node.opset >= 14 {
                attributes = [.flag("allowzero", true)]
            } else if try node.optional(1)?.constant?.integers().contains(0) != false {
                throw OperatorVersions.missing("Reshape to extents of 0", from: 14, node.opset)
            }
        }
        try node.finish("Reshape", [node.optional(0), try node.int64(1, "shape")], attributes)
    }

    /// A range of axes is an attribute from operator set 15 on, a slice of all before.
    private static func shape(_ node: ExportNode, _ op: ShapeOf) throws(OsteonError) {
        if op.start == 0, op.end == nil { return try node.finish("Shape", node.inputs) }
        if node.opset >= 15 {
            return try node.finish("Shape", node.inputs, [.int("start", op.start)] + (op.end.map { [.int("end", $0)] } ?? []))
        }
        let whole = try node.emit("Shape", node.inputs, role: "shape", result: TensorType(.i64, nil))
        try node.finish(
            "Slice",
            [
                whole, try node.constant([op.start], "start"), try node.constant([op.end ?? Int(Int32.max)], "end"),
                try node.constant([0], "axes"),
            ])
    }

    private static func stridedSlice(_ node: ExportNode, _ op: StridedSlice) throws(OsteonError) {
        try StridedSliceExport(node, op).run()
    }
}
