import Bytes
import GraphIR
import Tensors

/// The plain recurrent layer (Elman 1990; ONNX `RNN`): `H' = f(X + H)` with the input's and the state's part and their biases.
///
/// Shapes: see `RecurrentLayer`.
public struct RNN: RecurrentLayer {
    public var settings = RecurrentSettings()

    public init() {}
    public init(_ settings: RecurrentSettings) { self.settings = settings }

    public static var signature: Signature {
        Signature(
            [.required("x"), .required("w"), .required("r"), .optional("b"), .optional("sequence_lengths"), .optional("initial_h")],
            ["y", "y_h"])
    }

    public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try settings.visitAttributes(&visitor)
    }

    public static var gates: Int { 1 }
    public static var hasCell: Bool { false }
    public static var standardActivations: [RecurrentActivation] { [RecurrentActivation(.tanh)] }

    public func advance<T: FloatElement>(_ step: RecurrentStep<T>) {
        for j in 0..<step.units { step.state[j] = step.functions[0].apply(settings.clipped(step.fromInput[j] + step.fromState[j])) }
    }
}
