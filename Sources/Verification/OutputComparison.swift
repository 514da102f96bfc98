import Bytes
import Tensors

/// Two computations of the same outputs from the same inputs, held to one tolerance.
///
/// Every proof of Osteon is one: an optimised graph against the imported one, a variant against its model, a reduced network
/// against the float one, results against a reference's arrays.
package struct OutputComparison: Sendable {
    package var tolerance: Tolerance
    /// What both were computed from, by name.
    package var inputs: [String: Tensor]
    /// The reference's outputs, by name.
    package var expected: [String: Tensor]
    /// What is checked, by name.
    package var results: [String: Tensor]
    /// A check for each output, in the order of the names given.
    package var checks: [OutputCheck]

    /// Compares tensors at hand.
    /// - Parameter names: the outputs to compare; each must be among `expected` and `results`.
    /// - Throws: `.internalFault` for an output that's missing; `.verificationFailed` where shapes differ.
    package init(
        _ names: [String], inputs: [String: Tensor], expected: [String: Tensor], results: [String: Tensor], tolerance: Tolerance
    ) throws(OsteonError) {
        self.tolerance = tolerance
        self.inputs = inputs
        self.expected = expected
        self.results = results
        checks = []
        for name in names {
            guard let result = results[name], let reference = expected[name] else {
                throw OsteonError(.internalFault, "Output \(name) can't be compared: one side didn't compute it.")
            }
            checks.append(try OutputCheck(name: name, actual: result, expected: reference, within: tolerance))
        }
    }

    /// Decides anew by another tolerance; nothing is compared again.
    package mutating func hold(to tolerance: Tolerance) {
        self.tolerance = tolerance
        for index in checks.indices { checks[index].hold(to: tolerance) }
    }

    /// The first output beyond the tolerance.
    package var firstFailure: OutputCheck? { checks.first { !$0.passed } }

    /// The largest error, relative to its output's largest magnitude.
    package var worstError: Double { checks.map(\.comparison.maximumRelativeToMaximum).max() ?? 0 }

    /// - Parameter reference: what it's compared with, for the message.
    /// - Throws: `.verificationFailed` where an output is beyond the tolerance.
    package func refuse(_ reference: String) throws(OsteonError) {
        guard let failed = firstFailure else { return }
        throw OsteonError(
            .verificationFailed,
            """
            Output \(failed.name) differs from \(reference) by \(failed.comparison.maximumAbsoluteError.errorText), \
            \(failed.tolerance.errorText) is allowed; nothing was written.
            """
        )
    }
}
