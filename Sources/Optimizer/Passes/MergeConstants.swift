import Bytes
import GraphIR
import Operators
import Tensors

/// Makes one operation of two with constants in a row.
package struct MergeConstants: RewriteRule {
    package static let id = "merge-constants"
    package static let promise = NumericPromise.rounding(relative: 1e-5)
    package static let runsAfter = ["fold-constants", "fuse-bias", "fold-scales"]
    package static let documentation = PassDocumentation(
        "Makes one addition, or one multiplication, of two with constants in a row.",
        before: "y = (x + c) − d; z = (x · e) / f",
        after: "y = x + (c − d); z = x · (e / f)",
        note: "Floats only, where the inner result has no other reader and the merged constant is no larger than the "
            + "two. In double precision, rounded once.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard let outer = try term(node, in: view), let inner = view.graph.producer(outer.value) else { return nil }
        guard let below = try term(inner, in: view), below.isProduct == outer.isProduct else { return nil }
        guard view.soleConsumer(outer.value) == node else {
            return view.decline(node, "\(view[inner].name) has other readers")
        }
        let shape = try Broadcast.shape([outer.constant.shape, below.constant.shape])
        let count = try Checked.product(shape)
        let type = view.type(outer.value).elementType
        guard count <= outer.constant.count + below.constant.count, shape.count <= view.type(below.value).rank ?? 0 else { return nil }
        let op: any Operator = outer.isProduct ? Multiply() : Add()
        let merged = try op.evaluate([outer.constant, below.constant])[0].converted(to: type)
        var patch = GraphPatch("one constant with \(view[inner].name)", promise: .rounding(in: type))
        let constant = patch.constant("\(view[node].name).constant", merged)
        patch.replace(view[node].outputs[0], with: patch.add(op, [.existing(below.value), constant], name: view[node].name))
        return patch
    }

    private struct Term {
        var value: ValueID
        /// What's added, or multiplied by, in `f64`.
        var constant: Tensor
        var isProduct: Bool
    }

    private func term(_ node: NodeID, in view: GraphView) throws(OsteonError) -> Term? {
        guard let (op, operands) = view.affineOperand(node), operands.constant.elementType.isFloat else { return nil }
        let old = try operands.constant.converted(to: .f64)
        let numbers = try old.array(Double.self)
        let steps = numbers.compactMap { op.step(constant: $0, isFirst: operands.isConstantFirst) }
        guard steps.count == numbers.count, op.multiplies || steps.allSatisfy({ $0.scale == 1 }) else { return nil }
        let new = steps.map { op.multiplies ? $0.scale : $0.shift }
        // What's inverted must still be a number.
        guard new == numbers || new.allSatisfy({ $0.isFinite }) else { return nil }
        let constant = try Tensor(new, shape: old.shape)
        return Term(value: operands.value, constant: constant, isProduct: op.multiplies)
    }
}
