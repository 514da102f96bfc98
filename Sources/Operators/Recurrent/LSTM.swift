import Bytes
import GraphIR
import Tensors

/// Long short-term memory (Hochreiter and Schmidhuber 1997; ONNX `LSTM`): gates i, o, f and the candidate c, in this order.
///
///     i = f(Xᵢ + Hᵢ + pᵢ·C)   f = f(X_f + H_f + p_f·C)   c = g(X_c + H_c)   C' = f·C + i·c   o = f(Xₒ + Hₒ + pₒ·C')   H' = o · h(C')
///
/// X and H are the input's and the state's part of a gate with their biases. Shapes: see `RecurrentLayer`; `initial_c` and `y_c` are
/// shaped as `initial_h`, `peepholes` [D, 3·H] holds pᵢ, pₒ, p_f.
package struct LSTM: RecurrentLayer {
    package var settings = RecurrentSettings()
    /// Whether the forget gate is 1 − i.
    package var inputForget = false

    package init() {}
    package init(_ settings: RecurrentSettings, inputForget: Bool = false) {
        self.settings = settings
        self.inputForget = inputForget
    }

    package static var signature: Signature {
        Signature(
            [
                .required("x"), .required("w"), .required("r"), .optional("b"), .optional("sequence_lengths"), .optional("initial_h"),
                .optional("initial_c"), .optional("peepholes"),
            ], ["y", "y_h", "y_c"])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try settings.visitAttributes(&visitor)
        try visitor.visit("input_forget", &inputForget)
    }

    package static var gates: Int { 4 }
    package static var hasCell: Bool { true }
    package static var standardActivations: [RecurrentActivation] {
        [RecurrentActivation(.sigmoid), RecurrentActivation(.tanh), RecurrentActivation(.tanh)]
    }

    package func advance<T: FloatElement>(_ step: inout RecurrentStep<T>) {
        let units = step.units
        let gate = step.functions[0]
        let candidate = step.functions[1]
        let output = step.functions[2]
        for j in 0..<units {
            func sum(_ index: Int) -> T { step.fromInput[index * units + j] + step.fromState[index * units + j] }
            func peephole(_ index: Int, _ cell: T) -> T { step.peepholes.map { $0[index * units + j] * cell } ?? 0 }
            let old = step.cell[j]
            let i = gate.apply(settings.clipped(sum(0) + peephole(0, old)))
            let f = inputForget ? 1 - i : gate.apply(settings.clipped(sum(2) + peephole(2, old)))
            let cell = f * old + i * candidate.apply(settings.clipped(sum(3)))
            let o = gate.apply(settings.clipped(sum(1) + peephole(1, cell)))
            step.cell[j] = cell
            step.state[j] = o * output.apply(cell)
        }
    }
}
