import Bytes
import GraphIR
import Tensors

/// A gated recurrent unit (Cho and others 2014; ONNX `GRU`): gates z, r and the candidate h, in this order.
///
///     z = f(X_z + H_z)   r = f(X_r + H_r)   h = g(X_h + (r·H) Rₕ + b)   H' = (1 − z)·h + z·H
///
/// With `linearBeforeReset` the candidate is g(X_h + r·(H Rₕ + b)). Shapes: see `RecurrentLayer`.
package struct GRU: RecurrentLayer {
    package var settings = RecurrentSettings()
    /// Whether the reset gate acts behind the candidate's matrix product (cuDNN's form, Keras' `reset_after`).
    package var linearBeforeReset = false

    package init() {}
    package init(_ settings: RecurrentSettings, linearBeforeReset: Bool = false) {
        self.settings = settings
        self.linearBeforeReset = linearBeforeReset
    }

    package static var signature: Signature {
        Signature(
            [.required("x"), .required("w"), .required("r"), .optional("b"), .optional("sequence_lengths"), .optional("initial_h")],
            ["y", "y_h"])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try settings.visitAttributes(&visitor)
        try visitor.visit("linear_before_reset", &linearBeforeReset)
    }

    package static var gates: Int { 3 }
    package static var hasCell: Bool { false }
    package static var standardActivations: [RecurrentActivation] { [RecurrentActivation(.sigmoid), RecurrentActivation(.tanh)] }

    package func advance<T: FloatElement>(_ step: inout RecurrentStep<T>) {
        let units = step.units
        let gate = step.functions[0]
        let candidate = step.functions[1]
        // The gates, update and reset, take the place of the sums they're made of; the candidate's part of the state that of its own.
        let hidden = 2 * units
        for j in 0..<2 * units { step.fromInput[j] = gate.apply(settings.clipped(step.fromInput[j] + step.fromState[j])) }
        if linearBeforeReset {
            for j in 0..<units { step.fromState[hidden + j] *= step.fromInput[units + j] }
        } else {
            for j in 0..<units { step.fromState[hidden + j] = step.biases[hidden + j] }
            for k in 0..<units {
                let factor = step.fromInput[units + k] * step.state[k]
                let line = k * 3 * units + hidden
                for j in 0..<units { step.fromState[hidden + j] += factor * step.weights[line + j] }
            }
        }
        for j in 0..<units {
            let h = candidate.apply(settings.clipped(step.fromInput[hidden + j] + step.fromState[hidden + j]))
            let update = step.fromInput[j]
            step.state[j] = (1 - update) * h + update * step.state[j]
        }
    }
}
