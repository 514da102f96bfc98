import Bytes
import GraphIR
import Operators
import Tensors

/// The values at which two graphs are compared.
struct WalkAnchors {
    /// Whether both graphs compute them is for the plans to say.
    private(set) var names: Set<UTF8Name> = []
    private(set) var notes: [String] = []

    /// What a node computes in both graphs under one name, in one shape and in comparable element types.
    ///
    /// A value that in one of the graphs only an activation reads is left out where the activation's result is compared: the
    /// engine computes the two in one go, and that's how they shall run.
    init(_ first: Graph, _ second: Graph) {
        var others: [String] = []
        for id in first.valueIDs where first.producer(id) != nil {
            let name = first[id].name
            guard let other = second.value(named: name), second.producer(other) != nil else { continue }
            if Self.areComparable(first.type(id), second.type(other)) {
                names.insert(UTF8Name(name))
            } else {
                others.append("\(name) (\(first.type(id)) and \(second.type(other)))")
            }
        }
        if let example = others.first {
            notes.append("\(others.count) values of one name have other types in the two models and aren't compared, \(example) for one")
        }
        let swallowed = Self.swallowed(first, names).union(Self.swallowed(second, names))
        names.subtract(swallowed)
    }

    private static func areComparable(_ a: TensorType, _ b: TensorType) -> Bool {
        guard a.elementType == b.elementType || (a.elementType.isFloat && b.elementType.isFloat) else { return false }
        return TensorType(b.elementType, a.shape).isCompatible(with: b)
    }

    /// The values among `anchors` whose one reader is an activation that gives an anchor, and that aren't outputs.
    private static func swallowed(_ graph: Graph, _ anchors: Set<UTF8Name>) -> Set<UTF8Name> {
        var result: Set<UTF8Name> = []
        let consumers = graph.consumers()
        for value in consumers.keys {
            guard let activation = try? graph.activation(behind: value, consumers) else { continue }
            guard anchors.contains(UTF8Name(graph[graph[activation.node].outputs[0]].name)) else { continue }
            result.insert(UTF8Name(graph[value].name))
        }
        return result
    }
}

/// When each segment of a walk can run, and how long the reference's values are needed.
struct WalkSchedule {
    private(set) var segments: [NodeWalk.Segment] = []
    /// Where each anchor's segment stands in `segments`.
    private(set) var positions: [UTF8Name: Int] = [:]
    /// The anchors that nobody reads after a segment, by segment.
    private(set) var released: [[UTF8Name]] = []

    /// - Parameters:
    ///   - anchors: in the order the reference computes them.
    ///   - waits: whether a segment waits for the reference to compute what it reads.
    init(_ anchors: [String], in candidate: Graph, waits: Bool) {
        var boundary: Set<ValueID> = []
        var computed: [UTF8Name: Int] = [:]
        for (index, name) in anchors.enumerated() {
            computed[UTF8Name(name)] = index
            if let value = candidate.value(named: name) { boundary.insert(value) }
        }
        var entries: [(segment: NodeWalk.Segment, ready: Int)] = []
        for (index, name) in anchors.enumerated() {
            guard let value = candidate.value(named: name) else { continue }
            let (nodes, inputs) = candidate.nodes(computing: value, from: boundary)
            let names = inputs.map { candidate[$0].name }
            let ready = waits ? names.compactMap { computed[UTF8Name($0)] }.max() ?? 0 : 0
            entries.append((NodeWalk.Segment(value: name, nodes: nodes, inputs: names), max(index, ready)))
        }
        // A stable order: by when all is there, else as the reference computes them.
        segments = entries.enumerated().sorted { ($0.element.ready, $0.offset) < ($1.element.ready, $1.offset) }.map(\.element.segment)
        var last: [UTF8Name: Int] = [:]
        for (index, segment) in segments.enumerated() {
            positions[UTF8Name(segment.value)] = index
            for name in segment.inputs + [segment.value] { last[UTF8Name(name)] = index }
        }
        released = Array(repeating: [], count: segments.count)
        for name in anchors { if let index = last[UTF8Name(name)] { released[index].append(UTF8Name(name)) } }
    }

    /// Whether all that a segment reads, and what it's compared with, is among `kept`.
    func isReady(_ index: Int, _ kept: [UTF8Name: Tensor]) -> Bool {
        kept[UTF8Name(segments[index].value)] != nil && segments[index].inputs.allSatisfy { kept[UTF8Name($0)] != nil }
    }
}
