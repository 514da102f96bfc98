import Bytes
import GraphIR
import Tensors
import WireFormats

/// What's fed into a graph from outside: the tensors cut off by the caller, the placeholders, and those among them that
/// are switches with a fixed value.
struct Feeds {
    enum Feed {
        case input(shape: [Int]?)
        case constant(Double)
    }

    private var cuts: [TensorReference: [Int]?] = [:]
    private var constants: [Int: Double] = [:]
    private let table: NodeTable

    /// - Throws: `.usage` where an option names a node that isn't there.
    init(_ table: NodeTable, _ options: ImportOptions) throws(OsteonError) {
        self.table = table
        for (name, shape) in options.inputs.sorted(by: { $0.key < $1.key }) {
            cuts[try Self.require(name, in: table, as: "input")] = .some(shape)
        }
        for (name, value) in options.constants.sorted(by: { $0.key < $1.key }) {
            constants[try Self.require(name, in: table, as: "constant").node] = value
        }
    }

    /// The tensor called `name`.
    static func require(_ name: String, in table: NodeTable, as role: String) throws(OsteonError) -> TensorReference {
        guard let reference = try table.reference(name) else {
            throw OsteonError(.usage, "There's no node \(name) to be the \(role); `inspect` lists the names there are.")
        }
        return reference
    }

    /// What's fed for this tensor; nil where the graph computes it.
    func feed(_ reference: TensorReference) throws(OsteonError) -> Feed? {
        guard reference.node >= 0 else { return nil }
        if let shape = cuts[reference] { return .input(shape: shape) }
        guard reference.output == 0 else { return nil }
        if let value = constants[reference.node] { return .constant(value) }
        let node = table.nodes[reference.node]
        switch node.operation {
        case "Placeholder", "PlaceholderV2":
            if try isTrainingFlag(node) { return .constant(0) }
            return try keptShare(node).map(Feed.constant) ?? .input(shape: nil)
        case "PlaceholderWithDefault":
            if try isTrainingFlag(node) { return .constant(0) }
            if let share = try keptShare(node) { return .constant(share) }
            return hasScalarDefault(node) ? nil : .input(shape: nil)
        default: return nil
        }
    }

    /// The names by which models call the switch between training and inference.
    private static let trainingFlags: Set<String> = [
        "nv_is_training", "training", "is_training", "istraining", "is_train", "phase_train", "train_phase", "phase",
        "keras_learning_phase", "learning_phase", "training_phase", "train_mode", "training_mode",
    ]

    private func isTrainingFlag(_ node: GraphNode) throws(OsteonError) -> Bool {
        guard try mayBeScalar(node), let type = try? node.attributes.type("dtype"), !type.isFloat else { return false }
        return Self.trainingFlags.contains(Self.plainName(node))
    }

    /// The names by which models feed the share that dropout keeps: all of it at inference.
    private static let keptShares: Set<String> = [
        "keep_prob", "keep_probability", "keepprob", "keep_rate", "dropout_keep_prob", "dropout_keep_probability",
    ]
    private static let droppedShares: Set<String> = ["dropout_rate", "drop_rate", "dropout_prob", "drop_prob"]

    /// The value at inference of a share that dropout keeps or drops; nil for any other node.
    private func keptShare(_ node: GraphNode) throws(OsteonError) -> Double? {
        guard try mayBeScalar(node), let type = try? node.attributes.type("dtype"), type.isFloat else { return nil }
        let name = Self.plainName(node)
        return Self.keptShares.contains(name) ? 1 : Self.droppedShares.contains(name) ? 0 : nil
    }

    private func mayBeScalar(_ node: GraphNode) throws(OsteonError) -> Bool {
        try node.attributes.shape("shape").map { $0.unknownRank || $0.dim.isEmpty } ?? true
    }

    /// The last part of a node's name without a number, in lower case.
    private static func plainName(_ node: GraphNode) -> String {
        var name = node.name.split(separator: "/").last.map(String.init) ?? node.name
        if let underscore = name.lastIndex(of: "_"), Int(name[name.index(after: underscore)...]) != nil {
            name = String(name[..<underscore])
        }
        return name.lowercased()
    }

    /// Whether the default of a placeholder is a constant of one element and rank 0 (a keep probability, a flag).
    private func hasScalarDefault(_ node: GraphNode) -> Bool {
        var current = node
        for _ in 0 ..< 16 {
            guard let input = current.inputs.first, input.node >= 0 else { return false }
            current = table.nodes[input.node]
            if current.operation == "Const" {
                guard let value = try? current.attributes.tensor("value") else { return false }
                return value.tensorShape.dim.isEmpty && !value.tensorShape.unknownRank
            }
            if current.operation != "Identity" { return false }
        }
        return false
    }
}
