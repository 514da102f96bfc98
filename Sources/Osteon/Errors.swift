import Bytes

/// What every call of this library throws: a code to decide by, a message for a person, and where it happened.
public struct OsteonError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure a caller may tell apart.
    public enum Code: String, Sendable, CaseIterable {
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
    public var code: Code
    /// A sentence for a person: what is wrong and what to do.
    public var message: String
    /// The places it happened in, innermost first: a node, a file.
    public var trail: [String]
    /// The byte in the file; nil where it is about none.
    public var offset: Int?

    init(_ inner: Bytes.OsteonError) {
        code = Code(rawValue: inner.code.rawValue) ?? .internalFault
        message = Parameter.spelled(in: inner.message) { "`\($0.rawValue)`" }
        trail = inner.trail
        offset = inner.offset
    }

    /// The message, and the trail in a second line.
    public var description: String {
        Bytes.OsteonError(.usage, message, trail: trail, offset: offset).description
    }
}

/// Runs `body`; what the inner modules throw is thrown as the library's own error.
func facing<Result>(_ body: () throws(Bytes.OsteonError) -> Result) throws(OsteonError) -> Result {
    do throws(Bytes.OsteonError) { return try body() } catch { throw OsteonError(error) }
}
