import GraphIR
import Tensors

/// What a rewrite rule wants changed: nodes and constants to add, values to replace, and why.
///
/// A patch is plain data. It's applied whole or not at all, by one function (`GraphView.apply`) that re-verifies
/// the types of what changed. Values nobody reads afterwards, and the nodes that made them, go by themselves.
package struct GraphPatch: Sendable {
    /// A value of the graph as it is, or one that the patch adds.
    package enum Reference: Hashable, Sendable {
        case existing(ValueID)
        /// Output `output` of addition `index`.
        case added(Int, output: Int)
    }

    enum Addition: Sendable {
        case constant(name: String, Tensor)
        case node(any Operator, inputs: [Reference?], name: String, outputNames: [String])
    }

    /// Why, in a few words: "folded into conv_3".
    package var reason: String
    /// What this patch promises where that's more than its pass does.
    package var promise: NumericPromise?
    var additions: [Addition] = []
    var replacements: [(old: ValueID, new: Reference)] = []
    var removals: [NodeID] = []
    var unreadConstants: [ValueID] = []

    package init(_ reason: String, promise: NumericPromise? = nil) {
        self.reason = reason
        self.promise = promise
    }

    /// Adds a constant. It gets `name` where that's free once the patch is applied, else a number behind it.
    package mutating func constant(_ name: String, _ tensor: Tensor) -> Reference {
        additions.append(.constant(name: name, tensor))
        return .added(additions.count - 1, output: 0)
    }

    /// Adds a node with one output.
    /// - Parameters:
    ///   - name: the node's name, often that of the node it takes the place of.
    ///   - output: a name for the output; one that replaces a value inherits its name instead.
    package mutating func add(
        _ op: any Operator, _ inputs: [Reference?], name: String, output: String = ""
    ) -> Reference {
        add(op, inputs, name: name, outputs: [output.isEmpty ? name : output])[0]
    }

    /// Adds a node with several outputs.
    package mutating func add(
        _ op: any Operator, _ inputs: [Reference?], name: String, outputs: [String]
    ) -> [Reference] {
        additions.append(.node(op, inputs: inputs, name: name, outputNames: outputs))
        let index = additions.count - 1
        return outputs.indices.map { .added(index, output: $0) }
    }

    /// Makes all readers of `old` read `new`, which must have the same type. Nodes of this patch still read `old`.
    ///
    /// A graph output keeps its name, and a value the patch adds inherits the name of what it replaces.
    package mutating func replace(_ old: ValueID, with new: Reference) { replacements.append((old, new)) }
    package mutating func replace(_ old: ValueID, with new: ValueID) { replace(old, with: .existing(new)) }

    /// Removes a node whose outputs nobody reads.
    package mutating func remove(_ node: NodeID) { removals.append(node) }

    /// Removes a constant nobody reads.
    package mutating func removeConstant(_ value: ValueID) { unreadConstants.append(value) }
}

extension GraphPatch.Reference {
    static func existing(_ value: ValueID?) -> Self? { value.map { .existing($0) } }
}
