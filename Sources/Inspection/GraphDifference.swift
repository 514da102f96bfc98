import Bytes
import GraphIR
import Tensors

/// What differs between two graphs, as `osteon diff` lists it.
package struct GraphDifference: Sendable {
    package struct NodeChange: Sendable {
        package var name: String
        /// One line a change: an attribute, a type, an input.
        package var changes: [String]
        /// The largest relative change of a weight: max |a − b| / max |b|; nil where no weight changed.
        package var weightChange: Double?
    }

    package var onlyInFirst: [String] = []
    package var onlyInSecond: [String] = []
    package var changed: [NodeChange] = []
    /// Differences of the graphs' own inputs and outputs.
    package var interface: [String] = []
    /// Nodes that are the same in both.
    package var equalCount = 0

    package var isEmpty: Bool { onlyInFirst.isEmpty && onlyInSecond.isEmpty && changed.isEmpty && interface.isEmpty }

    /// Matches nodes by name, the rest in order by operator and output type, and compares what's matched.
    package init(_ first: Graph, _ second: Graph) throws(OsteonError) {
        let a = try first.topologicalOrder()
        let b = try second.topologicalOrder()
        compareInterface(first, second)
        let pairs = Self.match(first, a, second, b)
        let matchedA = Set(pairs.map(\.0))
        let matchedB = Set(pairs.map(\.1))
        onlyInFirst = a.filter { !matchedA.contains($0) }.map { Self.line(first, $0) }
        onlyInSecond = b.filter { !matchedB.contains($0) }.map { Self.line(second, $0) }
        for (x, y) in pairs {
            let change = try Self.compare(first, x, second, y)
            if change.changes.isEmpty && change.weightChange == nil { equalCount += 1 } else { changed.append(change) }
        }
    }

    private mutating func compareInterface(_ first: Graph, _ second: Graph) {
        for (kind, x, y) in [("inputs", first.inputs, second.inputs), ("outputs", first.outputs, second.outputs)] {
            let a = x.map { "\(first[$0].name): \(first.type($0))" }
            let b = y.map { "\(second[$0].name): \(second.type($0))" }
            if a != b { interface.append("\(kind): \(a.joined(separator: ", ")) → \(b.joined(separator: ", "))") }
        }
    }

    private static func line(_ graph: Graph, _ id: NodeID) -> String {
        let node = graph[id]
        return "\(node.name): \(type(of: node.op).id) → \(graph.type(node.outputs[0]))"
    }

    /// Pairs of nodes taken for the same one, in the order of the first graph.
    private static func match(_ first: Graph, _ a: [NodeID], _ second: Graph, _ b: [NodeID]) -> [(NodeID, NodeID)] {
        var byName: [String: NodeID] = [:]
        for id in b { byName[second[id].name] = id }
        var partner: [NodeID: NodeID] = [:]
        for id in a {
            guard let other = byName[first[id].name] else { continue }
            if type(of: first[id].op).id == type(of: second[other].op).id { partner[id] = other }
        }
        let taken = Set(partner.values)
        let restA = a.filter { partner[$0] == nil }
        let restB = b.filter { !taken.contains($0) }
        let keysA = restA.map { key(first, $0) }
        let keysB = restB.map { key(second, $0) }
        for (i, j) in longestCommonSubsequence(keysA, keysB) { partner[restA[i]] = restB[j] }
        return a.compactMap { id in partner[id].map { (id, $0) } }
    }

    private static func key(_ graph: Graph, _ id: NodeID) -> String {
        "\(type(of: graph[id].op).id) \(graph.type(graph[id].outputs[0]))"
    }

    private static func longestCommonSubsequence(_ a: [String], _ b: [String]) -> [(Int, Int)] {
        // Quadratic memory; beyond a few thousand unmatched nodes a pairing would say little anyway.
        guard a.count > 0, b.count > 0, a.count <= 4000, b.count <= 4000 else { return [] }
        let width = b.count + 1
        var length = [UInt16](repeating: 0, count: (a.count + 1) * width)
        for i in stride(from: a.count - 1, through: 0, by: -1) {
            for j in stride(from: b.count - 1, through: 0, by: -1) {
                length[i * width + j] =
                    a[i] == b[j] ? length[(i + 1) * width + j + 1] + 1 : max(length[(i + 1) * width + j], length[i * width + j + 1])
            }
        }
        var pairs: [(Int, Int)] = []
        var i = 0
        var j = 0
        while i < a.count, j < b.count {
            if a[i] == b[j] {
                pairs.append((i, j))
                i += 1
                j += 1
            } else if length[(i + 1) * width + j] >= length[i * width + j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return pairs
    }

    private static func compare(_ first: Graph, _ x: NodeID, _ second: Graph, _ y: NodeID) throws(OsteonError) -> NodeChange {
        let a = first[x]
        let b = second[y]
        var change = NodeChange(name: a.name == b.name ? a.name : "\(a.name) ~ \(b.name)", changes: [], weightChange: nil)
        for (p, q) in zip(a.op.attributes, b.op.attributes) where p.value != q.value {
            change.changes.append("\(p.name): \(p.value) → \(q.value)")
        }
        let typeA = first.type(a.outputs[0])
        let typeB = second.type(b.outputs[0])
        if typeA != typeB { change.changes.append("output: \(typeA) → \(typeB)") }
        if a.inputs.count != b.inputs.count { change.changes.append("inputs: \(a.inputs.count) → \(b.inputs.count)") }
        for (p, q) in zip(a.inputs, b.inputs) {
            let left = first.constant(p)
            let right = second.constant(q)
            guard let left, let right else {
                if (left == nil) != (right == nil) { change.changes.append("an input became \(left == nil ? "constant" : "computed")") }
                continue
            }
            if left.isIdentical(to: right) { continue }
            guard left.shape == right.shape, left.elementType == right.elementType else {
                change.changes.append("constant: \(left.type) → \(right.type)")
                continue
            }
            let error = try TensorComparison(left, reference: right).maximumRelativeToMaximum
            change.weightChange = max(change.weightChange ?? 0, error)
        }
        return change
    }
}
