import Tensors

/// Names a value of one graph.
package struct ValueID: Hashable, Sendable, Comparable {
    package let index: Int
    init(_ index: Int) { self.index = index }
    package static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// Names a node of one graph.
package struct NodeID: Hashable, Sendable, Comparable {
    package let index: Int
    init(_ index: Int) { self.index = index }
    package static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// What a value of a graph is: its name and type, and where it comes from.
package struct Value: Sendable {
    package enum Source: Sendable {
        case input
        case constant(Tensor)
        case node(NodeID, output: Int)
    }

    /// Unique in the graph.
    package var name: String
    package var type: TensorType
    package var source: Source

    package var constant: Tensor? {
        if case .constant(let tensor) = source { tensor } else { nil }
    }

    package var producer: NodeID? {
        if case .node(let id, _) = source { id } else { nil }
    }
}

/// One application of an operator.
package struct Node: Sendable {
    /// For people and error messages; unique in the graph.
    package var name: String
    package var op: any Operator
    /// nil for an optional input left out.
    package var inputs: [ValueID?]
    package var outputs: [ValueID]
}
