import Bytes
import GraphIR
import Operators
import Tensors

/// Reductions over axes.
enum ReductionRules {
    static let table: [ExportEntry] = [
        reduction(ReduceL1.self, "ReduceL1"), reduction(ReduceL2.self, "ReduceL2"), reduction(ReduceLogSum.self, "ReduceLogSum"),
        reduction(ReduceLogSumExp.self, "ReduceLogSumExp"), reduction(ReduceMaximum.self, "ReduceMax"),
        reduction(ReduceMean.self, "ReduceMean"), reduction(ReduceMinimum.self, "ReduceMin"), reduction(ReduceProduct.self, "ReduceProd"),
        reduction(ReduceSum.self, "ReduceSum"), reduction(ReduceSumSquare.self, "ReduceSumSquare"),
        // ONNX has no reductions by "and" and "or": bools are the numbers 0 and 1.
        reduction(ReduceAll.self, "ReduceMin"), reduction(ReduceAny.self, "ReduceMax"),
        argument(ArgMax.self, "ArgMax"), argument(ArgMin.self, "ArgMin"),
    ]

    private static func reduction<Op: Reduction>(_ type: Op.Type, _ name: String) -> ExportEntry {
        ExportEntry(type) { (node, op) throws(OsteonError) in
            let x = try node.input(0)
            guard x.elementType == .bool, node.opset < 20 else { return try reduce(node, op, name, x) }
            let output = Operand(
                name: node.exporter.uniqueValueName("\(node.outputs[0]?.name ?? node.name).number"),
                type: TensorType(.i32, try node.outputType().shape))
            let inner = ExportNode(
                exporter: node.exporter, name: node.exporter.uniqueNodeName("\(node.name).\(name)"), op: op, inputs: node.inputs,
                outputs: [output])
            try reduce(inner, op, name, try node.cast(x, to: .i32, "numbers"))
            // Of nothing the extremes come out, on either side of 0.
            try node.finish("Greater", [output, try node.scalar(0, .i32, "zero")])
        }
    }

    /// The axes are an attribute of all but `ReduceSum` before operator set 18, an input since.
    private static func reduce(_ node: ExportNode, _ op: some Reduction, _ name: String, _ x: Operand) throws(OsteonError) {
        let isInput = node.opset >= 18 || name == "ReduceSum"
        var attributes: [Attribute] = [.flag("keepdims", op.keepDimensions)]
        if isInput {
            attributes.append(.flag("noop_with_empty_axes", op.noopWithEmptyAxes))
            return try node.finish(name, [x, try node.int64(1, "axes")], attributes)
        }
        guard let operand = node.optional(1) else { return try whole(node, op, name, x, attributes) }
        guard let axes = try operand.constant?.integers() else {
            throw OperatorVersions.missing("\(name) with computed axes", from: 18, node.opset)
        }
        if axes.isEmpty { return try whole(node, op, name, x, attributes) }
        try node.finish(name, [x], attributes + [.ints("axes", axes)])
    }

    private static func whole(
        _ node: ExportNode, _ op: some Reduction, _ name: String, _ x: Operand, _ attributes: [Attribute]
    ) throws(OsteonError) {
        guard op.noopWithEmptyAxes else { return try node.finish(name, [x], attributes) }
        // Every element is reduced by itself.
        switch name {
        case "ReduceL1", "ReduceL2": try node.finish("Abs", [x])
        case "ReduceLogSum": try node.finish("Log", [x])
        case "ReduceSumSquare": try node.finish("Mul", [x, x])
        default: try node.finish("Identity", [x])
        }
    }

    private static func argument<Op: ArgumentReduction>(_ type: Op.Type, _ name: String) -> ExportEntry {
        ExportEntry(type) { (node, op) throws(OsteonError) in
            try node.finish(
                name, node.inputs,
                [.int("axis", op.axis), .flag("keepdims", op.keepDimensions), .flag("select_last_index", op.selectLastIndex)])
        }
    }
}

extension ExportNode {
    /// The mean over axes, kept with extent 1, in the spelling of the operator set.
    func mean(_ x: Operand, axes: [Int], _ role: String) throws(OsteonError) -> Operand {
        if opset >= 18 { return try emit("ReduceMean", [x, try constant(axes, "\(role).axes")], [.flag("keepdims", true)], role: role) }
        return try emit("ReduceMean", [x], [.flag("keepdims", true), .ints("axes", axes)], role: role)
    }
}
