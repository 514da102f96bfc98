import Bytes
import SwiftProtobuf
import WireFormats

/// Turns the loops of TensorFlow 1 into `While` nodes, inner ones first.
///
/// Such a loop is spread over nodes: `Merge(Enter, NextIteration)` holds each variable, `Switch` on `LoopCond` leads it into
/// the body or to its `Exit`, and an `Enter` of its own brings in what the loop only reads. Following `LoopCond` and each
/// `NextIteration` back to the variables gives condition and body. Loops whose nodes don't fit that form stay as they are.
struct LoopExtraction {
    /// What loops run, by the names that the `While` nodes have for it.
    private(set) var subgraphs: [String: SubgraphDefinition] = [:]
    private var byName: [String: Tensorflow_NodeDef] = [:]
    private var order: [String]
    private var readers: [String: [String]] = [:]
    private static let deepest = 64

    /// What tells this extraction's loops from those of others that are named alike.
    private let mark: String

    init(_ nodes: [Tensorflow_NodeDef], mark: String) {
        self.mark = mark
        order = nodes.map(\.name)
        guard nodes.contains(where: { $0.op == "LoopCond" }) else {
            untouched = nodes
            return
        }
        for node in nodes { byName[node.name] = node }
    }

    /// The nodes of a graph without such loops.
    private var untouched: [Tensorflow_NodeDef]?

    var nodes: [Tensorflow_NodeDef] { untouched ?? order.compactMap { byName[$0] } }

    /// - Throws: `.malformed` for an input that can't be read.
    mutating func run() throws(OsteonError) {
        guard untouched == nil, byName.count == order.count else { return }
        for _ in 0..<Self.deepest {
            readers = [:]
            for name in order {
                for input in byName[name]?.input ?? [] { readers[try Self.node(input), default: []].append(name) }
            }
            var isDone = true
            for name in order where byName[name]?.op == "LoopCond" {
                if let loop = try LoopParts(name, byName, readers) {
                    replace(loop)
                    isDone = false
                }
            }
            if isDone { return }
        }
    }

    /// The name of the node that an input reads or waits for.
    static func node(_ input: String) throws(OsteonError) -> String {
        input.hasPrefix("^") ? String(input.dropFirst()) : try NodeTable.split(input).name
    }

    private mutating func replace(_ loop: LoopParts) {
        let suffix = "/LoopCond"
        var name = loop.name.hasSuffix(suffix) ? String(loop.name.dropLast(suffix.count)) : "\(loop.name)/loop"
        while name.isEmpty || byName[name] != nil { name += "/loop" }
        var node = Tensorflow_NodeDef()
        node.name = name
        node.op = "While"
        node.input = loop.initial
        for (attribute, definition) in [("cond", loop.condition), ("body", loop.body)] {
            // No function can have such a name.
            let key = "\(mark):\(attribute):\(name)"
            subgraphs[key] = definition
            node.attr[attribute] = .with { $0.func = .with { $0.name = key } }
        }
        for (exit, variable) in loop.exits {
            byName[exit]?.op = "Identity"
            byName[exit]?.input = ["\(name):\(variable)"]
        }
        removeInside(loop)
        byName[name] = node
        order.append(name)
    }

    /// Removes what lies within a loop, nodes that nothing reads among it.
    private mutating func removeInside(_ loop: LoopParts) {
        var stack = loop.entrances
        while let name = stack.popLast() {
            guard let node = byName[name], !loop.exits.contains(where: { $0.name == name }) else { continue }
            byName[name] = nil
            // What comes from outside is read through an entrance only.
            if !["Exit", "RefExit"].contains(node.op) { stack += readers[name] ?? [] }
        }
        order.removeAll { byName[$0] == nil }
    }
}
