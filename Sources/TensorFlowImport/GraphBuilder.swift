import GraphIR
import ImportSupport

/// Builds the portable graph of a TensorFlow one.
final class GraphBuilder: ImportBuilder {
    /// The TensorFlow node each value came from, for patterns over several nodes.
    var origins: [ValueID: RuleNode] = [:]
    /// Values that are another one with axes joined, split or repeated.
    var factors: [ValueID: AxisFactors] = [:]
}
