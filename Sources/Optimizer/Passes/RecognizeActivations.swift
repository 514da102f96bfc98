import Bytes
import Glibc
import GraphIR
import Operators
import Tensors

/// Finds activations that exporters spelled as products.
package struct RecognizeActivations: RewriteRule {
    package static let id = "recognize-activations"
    package static let promise = NumericPromise.rounding(relative: 1e-6)
    package static let runsAfter = ["push-transpositions", "eliminate-identities"]
    package static let documentation = PassDocumentation(
        "Finds Swish, Mish, HardSwish and Gelu spelled as products.",
        before: "y = x · Sigmoid(x); z = x · Tanh(Softplus(x)); w = x · ½ · (1 + Erf(x / √2))",
        after: "y = Swish(x); z = Mish(x); w = Gelu(x)",
        note: "Gelu's factors in any order (Hendrycks and Gimpel, 2016); HardSwish is x · HardSigmoid(x) of slope 1/6 and "
            + "offset ½. Inner results may have other readers, they then stay.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard view[node].op is Multiply, view.type(view[node].outputs[0]).elementType.isFloat else { return nil }
        var found = try gated(node, in: view)
        if found == nil { found = try gelu(node, in: view) }
        guard let (op, x) = found else { return nil }
        let type = view.type(x)
        var patch = GraphPatch("is \(Swift.type(of: op).id)", promise: type.elementType.isHalf ? .rounding(in: type.elementType) : nil)
        patch.replace(view[node].outputs[0], with: patch.add(op, [.existing(x)], name: view[node].name))
        return patch
    }

    /// `x · g(x)`.
    private func gated(_ node: NodeID, in view: GraphView) throws(OsteonError) -> (any Operator, ValueID)? {
        for place in 0...1 {
            guard let x = view.input(node, place), let gate = view.input(node, 1 - place) else { return nil }
            guard let producer = view.graph.producer(gate), let inner = view.input(producer, 0) else { continue }
            switch view[producer].op {
            case is Sigmoid where inner == x:
                return (Swish(), x)
            case let op as HardSigmoid where inner == x && abs(op.alpha - 1 / 6) < 1e-7 && op.beta == 0.5:
                return (HardSwish(), x)
            case is Tanh:
                if let softplus = view.producer(inner, Softplus.self), view.input(softplus.id, 0) == x { return (Mish(), x) }
            default: continue
            }
        }
        return nil
    }

    /// `x`, ½ and `1 + Erf(x / √2)` as the factors of a product.
    private func gelu(_ node: NodeID, in view: GraphView) throws(OsteonError) -> (any Operator, ValueID)? {
        var open = view[node].inputs.compactMap { $0 }
        var factors: [ValueID] = []
        if let index = open.firstIndex(where: { view.producer($0, Multiply.self) != nil }) {
            let inner = open.remove(at: index)
            if let id = view.graph.producer(inner) { open += view[id].inputs.compactMap { $0 } }
        }
        factors = open
        guard factors.count == 3 else { return nil }
        for (place, factor) in factors.enumerated() {
            guard let x = try gateOfErf(factor, in: view) else { continue }
            let others = factors.indices.filter { $0 != place }.map { factors[$0] }
            guard let other = others.firstIndex(of: x) else { continue }
            let half = try view.constant(others[1 - other])?.singleValue()
            return half == 0.5 && view.type(others[1 - other]).rank ?? 99 <= view.type(x).rank ?? 0 ? (Gelu(), x) : nil
        }
        return nil
    }

    /// The `x` of `1 + Erf(x / √2)`.
    private func gateOfErf(_ value: ValueID, in view: GraphView) throws(OsteonError) -> ValueID? {
        guard let sum = view.producer(value, Add.self), let terms = view.constantOperand(sum.id) else { return nil }
        guard try terms.constant.singleValue() == 1, let erf = view.producer(terms.value, Erf.self) else { return nil }
        guard let argument = view.input(erf.id, 0), let scaling = view.graph.producer(argument) else { return nil }
        guard let scaled = view.constantOperand(scaling), let factor = try scaled.constant.singleValue() else { return nil }
        switch view[scaling].op {
        case is Divide where !scaled.isConstantFirst && abs(factor - 2.squareRoot()) < 1e-6: return scaled.value
        case is Multiply where abs(factor - 0.5.squareRoot()) < 1e-6: return scaled.value
        default: return nil
        }
    }
}
