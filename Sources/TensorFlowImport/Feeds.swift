import Bytes
import GraphIR
import Tensors
import WireFormats

/// What's fed into a graph from outside: the tensors cut off by the caller, the placeholders, and those among them that
/// are switches with a fixed value.
struct Feeds {
    enum Feed {
        case input(Cut)
        case constant(Double)
    }

    /// What's known of a tensor read as an input, beside what its node says.
    struct Cut {
        /// As the caller gives it; -1 leaves an extent free.
        var shape: [Int]?
        /// As the model's signature has it.
        var declared: DeclaredInput?
    }

    private(set) var cuts: [TensorReference: Cut] = [:]
    private var constants: [TensorReference: Double] = [:]
    /// Arrays that inputs will be fed.
    private var arrays: [TensorReference: Tensor] = [:]
    private let table: NodeTable

    /// - Parameter declared: the inputs of the model's signature. Where the graph computes one, it's cut there, unless the
    ///   caller cuts before it.
    /// - Throws: `.usage` where an option names a node or an output that isn't there.
    init(_ table: NodeTable, _ options: ImportOptions, declared: [DeclaredInput] = []) throws(OsteonError) {
        self.table = table
        let options = try Self.settlingShapes(options, in: table)
        for (name, shape) in options.inputs.sorted(by: { $0.key < $1.key }) {
            cuts[try Self.require(name, in: table, as: "input")] = Cut(shape: shape)
        }
        for (name, value) in options.constants.sorted(by: { $0.key < $1.key }) {
            constants[try Self.require(name, in: table, as: "constant")] = value
        }
        for (name, array) in options.arrays {
            if let reference = try? table.reference(name) { arrays[reference] = array }
        }
        let given = Array(cuts.keys) + constants.keys
        for input in declared {
            guard let reference = try table.reference(input.tensor) else {
                throw OsteonError(.malformed, "The signature's input \(input.tensor) isn't in the graph.")
            }
            if cuts[reference] != nil {
                cuts[reference]?.declared = input
                continue
            }
            let node = table.nodes[reference.node]
            guard constants[reference] == nil, !node.operation.hasPrefix("Placeholder") else { continue }
            let before = table.ancestors(of: [reference.node])
            if !given.contains(where: { before[$0.node] }) { cuts[reference] = Cut(declared: input) }
        }
    }

    private static func settlingShapes(_ options: ImportOptions, in table: NodeTable) throws(OsteonError) -> ImportOptions {
        try options.settlingShapes { (text) throws(OsteonError) in
            guard let reference = try? table.reference(text) else { return false }
            return try table.hasOutput(reference)
        }
    }

    /// Whether the graph has every input and output that the options name.
    static func names(_ options: ImportOptions, areIn table: NodeTable) throws(OsteonError) -> Bool {
        for name in try settlingShapes(options, in: table).inputs.keys {
            guard let reference = try table.reference(name), try table.hasOutput(reference) else { return false }
        }
        for name in options.outputs where try table.reference(name) == nil { return false }
        return true
    }

    /// The same without one cut: what's there is computed by the graph.
    func computing(_ cut: TensorReference) -> Feeds {
        var result = self
        result.cuts[cut] = nil
        return result
    }

    /// The tensor called `name`.
    static func require(_ name: String, in table: NodeTable, as role: String) throws(OsteonError) -> TensorReference {
        guard let reference = try table.reference(name) else {
            throw OsteonError(.usage, "There's no node \(name) to be the \(role); `inspect` lists the names there are.")
        }
        // Of an output that's wanted the import tells.
        if role == "output" { return reference }
        guard try table.hasOutput(reference) else {
            let node = table.nodes[reference.node].name
            let shape = "a shape of one axis is written \(node):[\(reference.output)]"
            throw OsteonError(.usage, "\(node) has no output \(reference.output) to be the \(role); \(shape).")
        }
        return reference
    }

    /// What's fed for this tensor; nil where the graph computes it.
    func feed(_ reference: TensorReference) throws(OsteonError) -> Feed? {
        guard reference.node >= 0 else { return nil }
        let feed = try ownFeed(reference)
        if case .input(let cut)? = feed, let array = arrays[reference], let value = try settled(array, reference, cut) {
            return .constant(value)
        }
        return feed
    }

    /// The shape of the array that an input will be fed.
    func fedShape(_ reference: TensorReference) -> [Int]? { arrays[reference]?.shape }

    /// The value of an input that conditions and counts may depend on: a whole number or truth value that will be fed.
    private func settled(_ array: Tensor, _ reference: TensorReference, _ cut: Cut) throws(OsteonError) -> Double? {
        guard array.rank == 0, array.elementType.isInteger || array.elementType == .bool, cut.shape?.isEmpty ?? true else { return nil }
        let node = table.nodes[reference.node]
        guard try mayBeScalar(node), (try? OperationOutputs.elementType(of: node, reference.output)) == array.elementType else {
            return nil
        }
        guard let value = try array.doubles().first, abs(value) < 0x1p53 else { return nil }
        return value
    }

    /// What's fed, arrays aside.
    private func ownFeed(_ reference: TensorReference) throws(OsteonError) -> Feed? {
        if let cut = cuts[reference] { return .input(cut) }
        if let value = constants[reference] { return .constant(value) }
        guard reference.output == 0 else { return nil }
        let node = table.nodes[reference.node]
        switch node.operation {
        case "Placeholder", "PlaceholderV2":
            if try isTrainingFlag(node) { return .constant(0) }
            return try keptShare(node).map(Feed.constant) ?? .input(Cut())
        case "PlaceholderWithDefault":
            if try isTrainingFlag(node) { return .constant(0) }
            if let share = try keptShare(node) { return .constant(share) }
            return hasScalarDefault(node) ? nil : .input(Cut())
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
        for _ in 0..<16 {
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
