import Bytes
import Tensors

/// One check of a model: what was compared with what, on which inputs, and what came out, so that it can be shown and
/// repeated without the source. `formats/osteon.md` has its JSON.
package struct VerificationRecord: Record, Hashable {
    /// What distinguishes a record from other objects, and its version.
    package static let schema = "osteon.verification.1"

    /// What was compared.
    package enum Kind: String, JSONEnum {
        /// The optimised graph with the graph as imported.
        case optimized
        /// The model with its framework's outputs, from a file.
        case reference
        /// The model with another one.
        case against
        /// A variant of fixed shape with the model it was made from.
        case fixedShape = "fixed_shape"
        /// A model of reduced precision with the one it was made from.
        case reducedPrecision = "reduced_precision"
        /// A file in another format, read back, with the model it was written from.
        case exported
    }

    package var kind = Kind.optimized
    /// The program and version that made the check.
    package var tool = ""
    /// What the kernels were allowed to use: `avx2`, …; others round otherwise.
    package var isa = ""
    /// Whether the record is about the model this one was made from, so that it can't be repeated on this one.
    package var isInherited = false
    /// The files of what the model was compared with; empty for its own source.
    package var other: [Provenance.Source] = []
    package var inputs = Inputs()
    /// What was allowed; the class's name isn't kept.
    package var tolerance = Tolerance()
    package var outputs: [Output] = []
    package var layers: [Layer] = []
    /// What was done to the model between reference and result.
    package var passes: [Provenance.Pass] = []
    /// SHA-256 of the precision plan, where one was applied.
    package var planSHA256: String?
    package var calibration: Calibration?
    package var notes: [String] = []

    package init() {}

    /// - Parameter isa: what the kernels were allowed to use.
    package init(kind: Kind, tool: String, isa: String, inputs: Inputs, tolerance: Tolerance, outputs: [Output]) {
        self.kind = kind
        self.tool = tool
        self.isa = isa
        self.inputs = inputs
        self.tolerance = Tolerance(absolute: tolerance.absolute, relativeToMaximum: tolerance.relativeToMaximum)
        self.outputs = outputs
    }

    /// Whether every output passed.
    package var passed: Bool { outputs.allSatisfy(\.passed) }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        var verdict = passed
        try visitor.schema(Self.schema)
        try visitor.member("kind", &kind)
        try visitor.member("tool", &tool)
        try visitor.member("isa", &isa)
        try visitor.member("passed", &verdict)
        try visitor.member("inherited", &isInherited, omitting: false)
        try visitor.member("other", &other, omitting: [])
        try visitor.member("inputs", &inputs)
        try visitor.begin("tolerance")
        try visitor.member("relative_to_max", &tolerance.relativeToMaximum, .magnitude)
        try visitor.member("absolute", &tolerance.absolute, .magnitude)
        visitor.end()
        try visitor.member("outputs", &outputs)
        try visitor.require(!outputs.isEmpty, "A record of no output proves nothing.")
        try visitor.require(verdict == passed, "The record's verdict isn't that of its outputs.")
        try visitor.member("layers", &layers, omitting: [])
        try visitor.member("passes", &passes, omitting: [])
        try visitor.optional("plan_sha256", &planSHA256, .digest)
        try visitor.optional("calibration", &calibration)
        try visitor.member("notes", &notes, omitting: [])
    }
}
