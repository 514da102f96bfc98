import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Reductions over axes given as an input.
enum ReductionRules {
    static let table: [String: ImportRule] = [
        "Mean": reduce { ReduceMean(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "Sum": reduce { ReduceSum(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "Max": reduce { ReduceMaximum(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "Min": reduce { ReduceMinimum(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "Prod": reduce { ReduceProduct(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "Any": reduce { ReduceAny(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "All": reduce { ReduceAll(keepDimensions: $0, noopWithEmptyAxes: $1) },
        "EuclideanNorm": { (node, builder) throws(OsteonError) in
            // Squares of small integers wrap in TensorFlow's kernel, and so do their sums.
            let type = builder.graph.type(try node.input(0)).elementType
            guard type.isFloat || type.byteCount >= 4 else { throw OsteonError(.unsupported, "integers of \(8 * type.byteCount) bits") }
            return try reduce { ReduceL2(keepDimensions: $0, noopWithEmptyAxes: $1) }(node, builder)
        },
        "ArgMax": argument { ArgMax(axis: $0, keepDimensions: false) },
        "ArgMin": argument { ArgMin(axis: $0, keepDimensions: false) },
        "Cumsum": running { CumSum(exclusive: $0, reverse: $1) }, "Cumprod": running { CumProd(exclusive: $0, reverse: $1) },
    ]

    /// Empty axes reduce nothing in TensorFlow.
    private static func reduce(
        _ make: @escaping @Sendable (_ keepsDimensions: Bool, _ emptyMeansNone: Bool) -> any Operator
    ) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let keeps = try node.attributes.bool("keep_dims", default: node.attributes.bool("keepdims", default: false))
            let axes = try builder.axes(node.input(1))
            let canBeEmpty = builder.graph.constant(axes).map { $0.count == 0 } ?? true
            return [try builder.result(make(keeps, canBeEmpty), [node.input(0), axes])]
        }
    }

    private static func argument(_ make: @escaping @Sendable (_ axis: Int) -> any Operator) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let axis = node.inputs.count > 1 ? try builder.constantInteger(node.input(1), "axis") : 0
            let op = make(axis)
            var x = try node.input(0)
            if builder.graph.type(x).elementType == .bool { x = try builder.step("u8", Cast(elementType: .u8), [x]) }
            guard let type = try node.attributes.type("output_type"), type != .i64 else {
                return [try builder.result(op, [x])]
            }
            return [try builder.result(Cast(elementType: type), [builder.step("index", op, [x])])]
        }
    }

    private static func running(
        _ make: @escaping @Sendable (_ exclusive: Bool, _ reverse: Bool) -> any Operator
    ) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let op = make(
                try node.attributes.bool("exclusive", default: false), try node.attributes.bool("reverse", default: false))
            return [try builder.result(op, [node.input(0), builder.asInt64(node.input(1))])]
        }
    }
}
