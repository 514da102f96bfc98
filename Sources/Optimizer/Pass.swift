import Bytes
import GraphIR

/// A pass over a graph: a value type in a file of its own, listed in `PassCatalogue`.
///
/// A pass is either a `RewriteRule`, asked about one node at a time, or a `GraphPass`, which looks at the graph as
/// a whole. Neither changes anything: they return patches, which the driver applies, verifies and counts.
package protocol Pass: Sendable {
    /// Kebab-case, verb first: fold, fuse, eliminate, push, merge, recognize, simplify, lower. Never changes.
    static var id: String { get }
    static var documentation: PassDocumentation { get }
    /// The weakest promise any of its patches makes.
    static var promise: NumericPromise { get }
    /// Ids of passes that must come earlier in a pipeline that has both.
    static var runsAfter: [String] { get }

    init()
}

extension Pass {
    package static var runsAfter: [String] { [] }
}

/// A pass that looks at one node and what's around it.
package protocol RewriteRule: Pass {
    /// The patch for the pattern that ends (or is held) at `node`, or nil.
    func patch(at node: NodeID, in view: GraphView) throws(OsteonError) -> GraphPatch?
}

/// A pass that looks at the whole graph.
package protocol GraphPass: Pass {
    /// Patches to be applied in this order; one that no longer fits after those before it is skipped.
    func patches(in view: GraphView) throws(OsteonError) -> [GraphPatch]
}

/// What a pass does, for people: an explanation of a conversion, the documentation, and the reader of the source.
package struct PassDocumentation: Sendable {
    /// One sentence.
    package var summary: String
    package var before: String
    package var after: String
    /// Conditions, formulas, sources.
    package var note: String

    package init(_ summary: String, before: String, after: String, note: String = "") {
        self.summary = summary
        self.before = before
        self.after = after
        self.note = note
    }
}
