import Bytes
import Engine

/// How a model is computed.
public struct EngineOptions: Sendable {
    /// Threads; nil for as many as there are processors.
    public var threads: Int?
    /// Holds the kernels to an instruction set, by its name on the command line (`scalar`, `avx2`, `avx512` …); nil for the best
    /// this processor has.
    public var instructionSet: String?

    /// Settings of the engine; see the properties.
    public init(threads: Int? = nil, instructionSet: String? = nil) {
        self.threads = threads
        self.instructionSet = instructionSet
    }

    func inner() throws(Bytes.OsteonError) -> PlanOptions {
        var options = PlanOptions()
        options.threads = threads
        if let instructionSet {
            guard let set = InstructionSet(rawValue: instructionSet) else {
                throw Bytes.OsteonError(
                    .usage,
                    """
                    There is no instruction set \(instructionSet); there are \
                    \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")).
                    """
                )
            }
            options.isa = set
        }
        return options
    }
}
