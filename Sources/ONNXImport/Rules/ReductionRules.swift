import Bytes
import GraphIR
import Operators
import Tensors

/// Reductions over axes; the axes are an attribute in older versions and an input in newer ones.
enum ReductionRules {
    static let table: [String: ImportRule] = [
        "ReduceSum": reduction(ReduceSum.self), "ReduceMean": reduction(ReduceMean.self), "ReduceMax": reduction(ReduceMaximum.self),
        "ReduceMin": reduction(ReduceMinimum.self), "ReduceProd": reduction(ReduceProduct.self), "ReduceL1": reduction(ReduceL1.self),
        "ReduceL2": reduction(ReduceL2.self), "ReduceLogSum": reduction(ReduceLogSum.self),
        "ReduceLogSumExp": reduction(ReduceLogSumExp.self), "ReduceSumSquare": reduction(ReduceSumSquare.self),
        "ArgMax": argument(ArgMax.self), "ArgMin": argument(ArgMin.self),
    ]

    private static func reduction<Op: Reduction>(_: Op.Type) -> ImportRule {
        { (node) throws(OsteonError) in
            let op = Op(
                keepDimensions: try node.flag("keepdims", true), noopWithEmptyAxes: try node.flag("noop_with_empty_axes"))
            return try node.finish(op, [try node.input(0), try node.axes("axes", input: 1)])
        }
    }

    private static func argument<Op: ArgumentReduction>(_: Op.Type) -> ImportRule {
        { (node) throws(OsteonError) in
            let op = Op(
                axis: try node.integer("axis", 0), keepDimensions: try node.flag("keepdims", true),
                selectLastIndex: try node.flag("select_last_index"))
            return try node.finish(op, node.inputs)
        }
    }
}
