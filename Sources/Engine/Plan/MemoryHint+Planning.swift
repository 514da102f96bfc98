import Bytes
import GraphIR
import Tensors

extension MemoryHint {
    /// The layout of a graph whose shapes are all fixed, or nil where nothing lies between inputs and outputs, or too much.
    ///
    /// It depends on the graph alone, not on kernels or the processor: nodes run in topological order, views share their
    /// input's bytes, and an operator that works element by element takes over an input nobody reads afterwards. Scratch memory
    /// of kernels comes on top.
    package init?(planning graph: Graph) throws(OsteonError) {
        var lifetimes = try MemoryLifetimes(graph)
        let outputs = Set(graph.outputs)
        lifetimes.shareViews(in: graph) { _, _ in true }
        var groups = Self.groups(graph, lifetimes)
        // What's given out lies in memory of its own, and with it all that shows the same bytes.
        groups.removeAll { $0.values.contains(where: outputs.contains) }
        guard !groups.isEmpty, groups.reduce(0, { $0 + $1.values.count }) <= Self.mostSlots else { return nil }
        let requests = groups.map { MemoryRequest(byteCount: $0.byteCount, first: $0.first, last: $0.last) }
        let offsets = try MemoryPlanner.place(requests).offsets
        var placed: [(first: Int, value: ValueID, slot: Slot)] = []
        for (group, offset) in zip(groups, offsets) {
            for value in group.values {
                let slot = Slot(name: graph[value].name, offset: offset, byteCount: group.byteCount)
                placed.append((lifetimes.first[value] ?? 0, value, slot))
            }
        }
        placed.sort { ($0.first, $0.value) < ($1.first, $1.value) }
        let end = placed.map { $0.slot.offset + $0.slot.byteCount }.max() ?? 0
        self.init(arenaByteCount: try Checked.roundUp(end, to: Self.alignment), slots: placed.map(\.slot))
        try check(for: graph)
    }

    /// Values that lie at the same place.
    private struct Group {
        var values: [ValueID]
        var byteCount: Int
        var first: Int
        var last: Int
    }

    private static func groups(_ graph: Graph, _ lifetimes: MemoryLifetimes) -> [Group] {
        var groups: [Group] = []
        var group: [ValueID: Int] = [:]  // by owner
        let outputs = Set(graph.outputs)
        for (step, id) in lifetimes.order.enumerated() {
            let node = graph[id]
            for output in node.outputs where lifetimes.first[output] == step {
                guard let byteCount = graph.type(output).byteCount, byteCount > 0 else { continue }
                let owner = lifetimes.owner(output)
                let last = lifetimes.last[owner] ?? step
                if owner != output {
                    if let index = group[owner] { groups[index].values.append(output) }
                } else if let index = overwritten(by: node, output, step, graph, lifetimes, outputs, groups, group) {
                    groups[index].values.append(output)
                    groups[index].last = max(last, step)
                    group[output] = index
                } else {
                    group[output] = groups.count
                    groups.append(Group(values: [output], byteCount: byteCount, first: step, last: max(last, step)))
                }
            }
        }
        return groups
    }

    /// The group an element-by-element node may write its output over: an input of its size that ends with it.
    private static func overwritten(
        by node: Node, _ output: ValueID, _ step: Int, _ graph: Graph, _ lifetimes: MemoryLifetimes, _ outputs: Set<ValueID>,
        _ groups: [Group], _ group: [ValueID: Int]
    ) -> Int? {
        guard node.op.traits.contains(.elementwise), node.outputs.count == 1, !outputs.contains(output) else { return nil }
        for case .some(let input) in node.inputs where graph.type(input) == graph.type(output) {
            guard let index = group[lifetimes.owner(input)], groups[index].last == step else { continue }
            if !groups[index].values.contains(where: outputs.contains) { return index }
        }
        return nil
    }
}
