import Bytes
import GraphIR
import Operators
import Tensors

/// Removes nodes that return their input unchanged.
package struct EliminateIdentities: RewriteRule {
    package static let id = "eliminate-identities"
    package static let promise = NumericPromise.bitExact
    package static let runsAfter = ["fold-constants"]
    package static let documentation = PassDocumentation(
        "Removes nodes that return their input unchanged.",
        before: "y = Reshape(x: 2×3, [2, 3]); z = y · 1",
        after: "x in place of z",
        note: "Identity; Transpose, Reshape, Cast, Expand and Resize that change nothing; adding 0 (integers, or the float "
            + "−0), subtracting 0, multiplying or dividing by 1, powers of 1; Concat of one input, Split into one, Pad by "
            + "zeros, Slice of everything, Tile by ones, Clip without bounds, pooling of single elements. Adding the float "
            + "+0 is left: it turns −0 into +0.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let (input, reason) = try passedThrough(node, in: view) else { return nil }
        let output = view[node].outputs[0]
        var patch = GraphPatch(reason, promise: view[node].op is Resize ? .rounding(relative: 0) : nil)
        patch.replace(output, with: input)
        return patch
    }

    /// The input that comes out of `node` unchanged, and why it does.
    private func passedThrough(_ node: NodeID, in view: GraphView) throws(OsteonError) -> (ValueID, String)? {
        let found = view[node]
        guard found.outputs.count == 1, let x = view.input(node, 0) else { return nil }
        let before = view.type(x)
        let after = view.type(found.outputs[0])
        let keepsShape = after.elementType == before.elementType && after.hasShape(of: before)
        if found.op.traits.contains(.identity) { return (x, "an identity") }
        if found.op.traits.contains(.view), keepsShape { return (x, "the shape is \(before) already") }
        switch found.op {
        case let op as Cast where op.elementType == before.elementType:
            return (x, "the elements are \(before.elementType.rawValue) already")
        case let op as Transpose:
            return op.permutation == Array(0..<op.permutation.count) && !op.permutation.isEmpty || before.rank ?? 2 < 2
                ? (x, "the axes stay in order") : nil
        case is Concat where found.inputs.count == 1, is Split:
            return (x, "a single part")
        case is Expand where keepsShape, is CenterCropPad where keepsShape:
            return (x, "the shape is \(before) already")
        case is Tile, is Pad, is Slice:
            return try movesNothing(node, before, in: view) ? (x, "it changes nothing") : nil
        case is MaxPool, is AveragePool:
            return poolsSingleElements(found.op) ? (x, "windows of one element") : nil
        case is Clip where view.input(node, 1) == nil && view.input(node, 2) == nil:
            return (x, "there are no bounds")
        case let op as Resize:
            return keepsShape && before.fixedShape != nil && resizesNothing(op, node, in: view) ? (x, "the size stays") : nil
        default:
            return try neutral(node, in: view).map { ($0, "a neutral constant") }
        }
    }

    private func movesNothing(_ node: NodeID, _ type: TensorType, in view: GraphView) throws(OsteonError) -> Bool {
        guard view.constant(view.input(node, 1)) != nil, let first = try view.integers(node, 1) else { return false }
        switch view[node].op {
        case is Tile: return first.allSatisfy { $0 == 1 }
        case is Pad: return first.allSatisfy { $0 == 0 }
        default: break
        }
        guard let ends = try view.integers(node, 2), let rank = type.rank else { return false }
        let axes = try view.integers(node, 3)
        let steps = try view.integers(node, 4)
        guard (view.input(node, 3) == nil) == (axes == nil), (view.input(node, 4) == nil) == (steps == nil) else { return false }
        guard first.allSatisfy({ $0 == 0 }), steps?.allSatisfy({ $0 == 1 }) ?? true else { return false }
        for (index, end) in ends.enumerated() {
            let axis = axes.map { $0[index] } ?? index
            // Exporters write the largest 32- or 64-bit integer for "to the end".
            let reach = type.extent(axis < 0 ? axis + rank : axis) ?? Int(Int32.max)
            guard end >= reach else { return false }
        }
        return true
    }

    private func poolsSingleElements(_ op: any Operator) -> Bool {
        let window: SpatialWindow
        switch op {
        case let op as MaxPool: window = op.window
        case let op as AveragePool: window = op.window
        default: return false
        }
        return !window.kernel.isEmpty && (window.kernel + window.strides).allSatisfy { $0 == 1 } && window.pads.allSatisfy { $0 == 0 }
    }

    private func resizesNothing(_ op: Resize, _ node: NodeID, in view: GraphView) -> Bool {
        guard view.input(node, 1) == nil || op.coordinateTransformation != .tfCropAndResize else { return false }
        if let scales = view.input(node, 2), view.type(scales).count != 0 {
            guard let values = try? view.constant(scales)?.doubles() else { return false }
            return values.allSatisfy { $0 == 1 } && op.mode != .cubic
        }
        return op.mode != .cubic
    }

    /// The other operand where one is a constant that changes nothing.
    private func neutral(_ node: NodeID, in view: GraphView) throws(OsteonError) -> ValueID? {
        let op = view[node].op
        guard op is Add || op is Subtract || op is Multiply || op is Divide || op is Power else { return nil }
        guard let operands = view.constantOperand(node) else { return nil }
        let isCommutative = op is Add || op is Multiply
        guard isCommutative || !operands.isConstantFirst else { return nil }
        let type = view.type(operands.value)
        let isSingle = operands.constant.count == 1 && operands.constant.rank <= type.rank ?? -1
        guard isSingle || view.type(view[node].outputs[0]).hasShape(of: type) else { return nil }
        let isFloat = operands.constant.elementType.isFloat
        let isNeutral = try operands.constant.doubles().allSatisfy { value in
            switch op {
            case is Add: value == 0 && (!isFloat || value.sign == .minus)
            case is Subtract: value == 0 && (!isFloat || value.sign == .plus)
            default: value == 1
            }
        }
        return isNeutral ? operands.value : nil
    }
}
