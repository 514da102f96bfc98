import Bytes
import GraphIR
import Tensors

/// The plain recurrent layer (Elman 1990; ONNX `RNN`): `H' = f(X + H)` with the input's and the state's part and their biases.
///
/// Shapes: see `RecurrentLayer`.
package struct RNN: RecurrentLayer {
    package var settings = RecurrentSettings()

    package init() {}
    package init(_ settings: RecurrentSettings) { self.settings = settings }

    package static var signature: Signature {
        Signature(
            [.required("x"), .required("w"), .required("r"), .optional("b"), .optional("sequence_lengths"), .optional("initial_h")],
            ["y", "y_h"])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try settings.visitAttributes(&visitor)
    }

    package static var gates: Int { 1 }
    package static var hasCell: Bool { false }
    package static var standardActivations: [RecurrentActivation] { [RecurrentActivation(.tanh)] }

    package func advance<T: FloatElement>(_ step: inout RecurrentStep<T>) {
        for j in 0..<step.units { step.state[j] = step.functions[0].apply(settings.clipped(step.fromInput[j] + step.fromState[j])) }
    }
}
