/// The one error type of Osteon: what went wrong, where, and what to do about it.
///
/// `message` is a sentence for a person: what is wrong and how to remedy it. `trail` names the places it
/// happened in, innermost first ("node conv_3", "spleen/model.fzn.pb"), and `offset` the byte in the file.
@usableFromInline
package struct OsteonError: Error, Sendable, Equatable {
    /// The kinds of failure a caller can distinguish.
    @usableFromInline
    package enum Code: String, Sendable, CaseIterable {
        /// A file or stream can't be opened or read.
        case unreadable
        /// The bytes break the rules of their own format.
        case malformed
        /// Valid, but an operator, attribute or format version Osteon doesn't have.
        case unsupported
        /// Larger than a limit that guards memory or time.
        case limitExceeded
        /// A reference that leaves the model's own folder, or asks for code to be run.
        case unsafeReference
        /// Shapes, types or values that don't fit one another.
        case invalidGraph
        /// A result differs from its reference by more than the tolerance.
        case verificationFailed
        /// A metric missed its target or a budget can't be met.
        case targetMissed
        /// The call itself is wrong: an unknown name, a missing input.
        case usage
        /// An output file can't be written.
        case outputFailed
        /// A fault of Osteon itself.
        case internalFault
    }

    /// What kind of failure it is.
    package var code: Code
    /// A sentence for a person: what is wrong and what to do.
    package var message: String
    /// The places it happened in, innermost first.
    package var trail: [String]
    /// The byte in the file; nil where it is about none.
    package var offset: Int?

    /// An error; places are added to its trail on the way out.
    @usableFromInline
    package init(_ code: Code, _ message: String, trail: [String] = [], offset: Int? = nil) {
        self.code = code
        self.message = message
        self.trail = trail
        self.offset = offset
    }

    /// The same error, with one more place (outer) on its trail; a place already last isn't repeated.
    @usableFromInline
    package func at(_ place: String) -> OsteonError {
        var copy = self
        if copy.trail.last != place { copy.trail.append(place) }
        return copy
    }

    /// The error for a name that's none of a model's inputs.
    package static func noInput(_ name: String, among inputs: [String]) -> OsteonError {
        let known =
            inputs.isEmpty
            ? "the model has no inputs at all"
            : inputs.count == 1 ? "the one input is \(inputs[0])" : "the inputs are \(inputs.joined(separator: ", "))"
        return OsteonError(.usage, "There's no input \(name); \(known).")
    }

    /// The exit code the command line gives for this error: 1 internal, 2 a file, 3 verification, 4 target, 64 usage.
    package var exitCode: Int32 {
        switch code {
        case .unreadable, .malformed, .unsupported, .limitExceeded, .unsafeReference, .invalidGraph, .outputFailed: 2
        case .verificationFailed: 3
        case .targetMissed: 4
        case .usage: 64
        case .internalFault: 1
        }
    }
}

extension OsteonError: CustomStringConvertible {
    /// The message, and the trail in a second line.
    @usableFromInline
    package var description: String {
        var text = message
        let places = trail + (offset.map { ["byte \($0)"] } ?? [])
        if !places.isEmpty { text += "\n  in " + places.joined(separator: ", in ") }
        return text
    }
}

/// Runs `body`; an error it throws gets `place` on its trail.
@inlinable
package func locating<T>(
    _ place: @autoclosure () -> String, _ body: () throws(OsteonError) -> T
) throws(OsteonError) -> T {
    do { return try body() } catch { throw error.at(place()) }
}

/// `condition`, or an error.
@inlinable
package func require(
    _ condition: Bool, _ code: OsteonError.Code, _ message: @autoclosure () -> String
) throws(OsteonError) {
    if !condition { throw OsteonError(code, message()) }
}
