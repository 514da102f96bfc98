import Bytes
import GraphIR
import Operators
import Tensors

/// Makes a matrix product and the addition after it one operator.
package struct FuseGemm: RewriteRule {
    package static let id = "fuse-gemm"
    package static let promise = NumericPromise.rounding(relative: 1e-6)
    package static let runsAfter = ["push-transpositions"]
    package static let documentation = PassDocumentation(
        "Makes a matrix product and the addition of constants after it one operator.",
        before: "y = MatMul(a: M×K, B: K×N) + c",
        after: "y = Gemm(a, B, c)",
        note: "For two matrices of floats; c a constant of one number, or one a column or row. One rounding falls away.")

    package init() {}

    package func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch? {
        guard view[node].op is Add, let operands = view.constantOperand(node) else { return nil }
        guard let product = view.producer(operands.value, MatMul.self) else { return nil }
        let type = view.type(operands.value)
        let factors = view[product.id].inputs.map { $0.map { view.type($0).rank } ?? nil }
        guard factors == [2, 2], type.elementType.isFloat, operands.constant.rank <= 2 else { return nil }
        guard view.type(view[node].outputs[0]).hasShape(of: type) || operands.constant.rank < 2 else { return nil }
        guard view.soleConsumer(operands.value) == node else {
            return view.decline(node, "\(view[product.id].name) has other readers")
        }
        let c = view[node].inputs[operands.isConstantFirst ? 0 : 1]
        var patch = GraphPatch(
            "one product with \(view[product.id].name)", promise: type.elementType.isHalf ? .rounding(in: type.elementType) : nil)
        let inputs = view[product.id].inputs.map { GraphPatch.Reference.existing($0) } + [.existing(c)]
        patch.replace(view[node].outputs[0], with: patch.add(Gemm(), inputs, name: view[product.id].name))
        return patch
    }
}
