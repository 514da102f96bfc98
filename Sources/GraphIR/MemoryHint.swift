import Bytes
import Tensors

/// Where the values between inputs and outputs may lie while a graph of fixed shapes runs: one arena and an offset for each value.
///
/// A hint, made when a model is written for one shape: it lets a program reserve its memory beforehand, and changes nothing
/// of what the graph computes. Values not listed (graph outputs, values whose shape only a run decides) have memory of their own.
package struct MemoryHint: Record, Hashable {
    /// One value's place.
    package struct Slot: Record, Hashable {
        /// The value's name; a node makes it.
        package var name = ""
        /// Bytes from the arena's start; a multiple of `alignment`.
        package var offset = 0
        package var byteCount = 0

        package init() {}

        package init(name: String, offset: Int, byteCount: Int) {
            self.name = name
            self.offset = offset
            self.byteCount = byteCount
        }

        package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("offset", &offset)
            try visitor.member("bytes", &byteCount)
        }
    }

    /// Every offset is a multiple of this.
    package static let alignment = 64
    /// More values than this have no hint.
    package static let mostSlots = 16_384

    /// The bytes of the arena.
    package var arenaByteCount = 0
    /// In the order the values are made.
    package var slots: [Slot] = []

    package init() {}

    package init(arenaByteCount: Int, slots: [Slot]) {
        self.arenaByteCount = arenaByteCount
        self.slots = slots
    }

    package mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.schema("osteon.memory.1")
        try visitor.member("arena_bytes", &arenaByteCount)
        try visitor.member("values", &slots)
    }
}

// MARK: Checking

extension MemoryHint {
    /// Checks that running `graph` in this arena can't go wrong: every value listed is there, has its size and lies inside,
    /// and no two that are needed at the same time share a byte.
    ///
    /// An output may lie on an input where its node only shows the same bytes under another shape, or works element by
    /// element and is the last to read that input.
    /// - Throws: `.malformed` naming the value that breaks a rule.
    package func check(for graph: Graph) throws(OsteonError) {
        guard slots.count <= Self.mostSlots else {
            throw OsteonError(.limitExceeded, "\(slots.count) places in memory; \(Self.mostSlots) at most are read.")
        }
        var lifetimes = try MemoryLifetimes(graph)
        var byValue: [ValueID: Slot] = [:]
        var end = 0
        for slot in slots {
            let value = try locating("value \(slot.name)") { () throws(OsteonError) in try checkSlot(slot, graph) }
            guard byValue.updateValue(slot, forKey: value) == nil else {
                throw OsteonError(.malformed, "The value \(slot.name) has two places in memory.")
            }
            end = max(end, slot.offset + slot.byteCount)
        }
        guard try Checked.roundUp(end, to: Self.alignment) == arenaByteCount else {
            throw OsteonError(.malformed, "The arena is said to have \(arenaByteCount) bytes; its values end at \(end).")
        }
        lifetimes.shareViews(in: graph) { byValue[$0] != nil && byValue[$0]?.offset == byValue[$1]?.offset }
        var sweep = MemorySweep(slots: byValue, lifetimes: lifetimes)
        try sweep.run(graph)
    }

    /// - Returns: the value meant.
    private func checkSlot(_ slot: Slot, _ graph: Graph) throws(OsteonError) -> ValueID {
        guard let value = graph.value(named: slot.name), graph.producer(value) != nil, !graph.outputs.contains(value) else {
            throw OsteonError(.malformed, "It has a place in memory, but isn't made within the graph.")
        }
        guard graph.type(value).byteCount == slot.byteCount, slot.byteCount > 0 else {
            throw OsteonError(.malformed, "Its place in memory has \(slot.byteCount) bytes, which isn't the size of \(graph.type(value)).")
        }
        guard slot.offset >= 0, slot.offset % Self.alignment == 0, try Checked.add(slot.offset, slot.byteCount) <= arenaByteCount else {
            throw OsteonError(.malformed, "Its place in memory, \(slot.offset), isn't a multiple of \(Self.alignment) inside the arena.")
        }
        return value
    }
}

/// The first and the last step of a run that touch each value, nodes counted in topological order.
package struct MemoryLifetimes {
    package let order: [NodeID]
    package private(set) var first: [ValueID: Int] = [:]
    package private(set) var last: [ValueID: Int] = [:]
    /// The value whose bytes a view shows; itself for others.
    private var owners: [ValueID: ValueID] = [:]

    package init(_ graph: Graph) throws(OsteonError) {
        order = try graph.topologicalOrder()
        for (step, id) in order.enumerated() {
            for output in graph[id].outputs where graph.contains(output) && graph.producer(output) == id {
                first[output] = step
                last[output] = step
            }
            for case .some(let input) in graph[id].inputs where first[input] != nil { last[input] = step }
        }
    }

    package func owner(_ value: ValueID) -> ValueID { owners[value] ?? value }

    /// Lets views share their input's bytes where `accepts(view, owner)`, so that these live as long as any of them is read.
    package mutating func shareViews(in graph: Graph, where accepts: (_ view: ValueID, _ owner: ValueID) -> Bool) {
        for id in order {
            guard let (input, output) = graph.view(id), first[input] != nil, first[output] != nil else { continue }
            let owner = owner(input)
            guard accepts(output, owner) else { continue }
            owners[output] = owner
            last[owner] = max(last[owner] ?? 0, last[output] ?? 0)
        }
    }
}

extension Graph {
    /// Input and output of a node that only shows the same bytes under another shape.
    package func view(_ id: NodeID) -> (input: ValueID, output: ValueID)? {
        let node = self[id]
        guard !node.op.traits.isDisjoint(with: [.view, .identity]), node.outputs.count == 1, contains(node.outputs[0]) else { return nil }
        guard case .some(.some(let input)) = node.inputs.first, producer(node.outputs[0]) == id else { return nil }
        let (from, to) = (type(input), type(node.outputs[0]))
        guard from.elementType == to.elementType, let count = from.byteCount, count == to.byteCount else { return nil }
        return (input, node.outputs[0])
    }
}

/// Walks a run step by step with the places in use, sorted by offset.
private struct MemorySweep {
    let slots: [ValueID: MemoryHint.Slot]
    let lifetimes: MemoryLifetimes
    /// Never two that share a byte.
    private var active: [(slot: MemoryHint.Slot, owner: ValueID)] = []
    private var ending: [Int: [ValueID]] = [:]

    init(slots: [ValueID: MemoryHint.Slot], lifetimes: MemoryLifetimes) {
        self.slots = slots
        self.lifetimes = lifetimes
    }

    mutating func run(_ graph: Graph) throws(OsteonError) {
        for (step, id) in lifetimes.order.enumerated() {
            for output in graph[id].outputs {
                guard let slot = slots[output], lifetimes.first[output] == step else { continue }
                guard lifetimes.owner(output) == output else { continue }  // a view of bytes already there
                try place(slot, output, by: graph[id], step, graph)
                ending[lifetimes.last[output] ?? step, default: []].append(output)
            }
            for value in ending.removeValue(forKey: step) ?? [] {
                guard let slot = slots[value] else { continue }
                let place = position(of: slot.offset)
                if place < active.count, active[place].owner == value { active.remove(at: place) }
            }
        }
    }

    /// The first place in use that begins at `offset` or behind it.
    private func position(of offset: Int) -> Int {
        var low = 0
        var high = active.count
        while low < high {
            let middle = (low + high) / 2
            if active[middle].slot.offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func place(
        _ slot: MemoryHint.Slot, _ value: ValueID, by node: Node, _ step: Int, _ graph: Graph
    ) throws(OsteonError) {
        let place = position(of: slot.offset)
        let isFree = place == active.count || active[place].slot.offset >= slot.offset + slot.byteCount
        let before = place == 0 ? 0 : active[place - 1].slot.offset + active[place - 1].slot.byteCount
        guard before <= slot.offset, isFree || mayOverwrite(active[place], slot, value, node, step, graph) else {
            let other = before > slot.offset ? active[place - 1] : active[place]
            throw OsteonError(.malformed, "The values \(slot.name) and \(other.slot.name) share memory while both are needed.")
        }
        if isFree { active.insert((slot, value), at: place) } else { active[place] = (slot, value) }
    }

    private func mayOverwrite(
        _ old: (slot: MemoryHint.Slot, owner: ValueID), _ new: MemoryHint.Slot, _ value: ValueID, _ node: Node, _ step: Int,
        _ graph: Graph
    ) -> Bool {
        guard node.op.traits.contains(.elementwise), lifetimes.last[old.owner] == step else { return false }
        guard old.slot.offset == new.offset, old.slot.byteCount == new.byteCount else { return false }
        return node.inputs.contains { input in
            input.map { lifetimes.owner($0) == old.owner && graph.type($0) == graph.type(value) } ?? false
        }
    }
}
