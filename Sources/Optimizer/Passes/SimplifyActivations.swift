import Bytes
import GraphIR
import Operators
import Tensors

/// Writes activations in their simplest form, which more kernels know.
package struct SimplifyActivations: RewriteRule {
    package static let id = "simplify-activations"
    package static let promise = NumericPromise.rounding(relative: 0)
    package static let runsAfter = ["fold-constants", "push-transpositions"]
    package static let documentation = PassDocumentation(
        "Writes activations in their simplest form: one slope for all channels as LeakyRelu, max(x, 0) as Relu.",
        before: "y = PRelu(x, [a]); z = Clip(x, 0); w = Maximum(x, 0)",
        after: "y = LeakyRelu(x) {alpha = a}; z = w = Relu(x)",
        note: "Constants of one number only, of no more axes than x. The same bits, but that Maximum may give either zero.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        let found = view[node]
        let simple: any Operator
        let x: ValueID
        switch found.op {
        case is PRelu:
            guard let operands = view.constantOperand(node), !operands.isConstantFirst else { return nil }
            guard operands.constant.elementType.isFloat, let slope = try operands.constant.singleValue() else { return nil }
            (simple, x) = (LeakyRelu(alpha: slope), operands.value)
        case is Maximum:
            guard let operands = view.constantOperand(node), try operands.constant.singleValue() == 0 else { return nil }
            guard operands.constant.rank <= view.type(operands.value).rank ?? -1 else { return nil }
            (simple, x) = (Relu(), operands.value)
        case is Clip:
            guard let input = view.input(node, 0) else { return nil }
            guard try view.constant(view.input(node, 1))?.singleValue() == 0 else { return nil }
            if let high = view.input(node, 2) {
                guard try view.constant(high)?.singleValue() == .infinity else { return nil }
            }
            (simple, x) = (Relu(), input)
        default: return nil
        }
        var patch = GraphPatch("is a \(type(of: simple).id)", promise: found.op is Maximum ? nil : .bitExact)
        patch.replace(found.outputs[0], with: patch.add(simple, [.existing(x)], name: found.name))
        return patch
    }
}
