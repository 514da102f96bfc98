import Bytes
import Tensors
import WireFormats

/// The part of a graph that its outputs need once conditions with a known value are settled.
struct LiveGraph {
    /// The tensors to give out: those selected, without the dead ones nobody named.
    private(set) var outputs: [TensorReference] = []
    /// Whether the caller named them.
    let areNamed: Bool
    /// The nodes to import, each after those it reads.
    private(set) var order: [Int] = []
    /// The nodes that run for the outputs, those they wait for among them, each after those.
    private(set) var reached: [Int] = []
    /// The input taken by each `Merge` whose branches are settled.
    private(set) var merged: [Int: TensorReference] = [:]
    /// The values of fed constants that conditions depend on, by place.
    private(set) var fixed: [Int: Double] = [:]
    /// The conditions of `If` nodes that are settled, by place.
    private(set) var decisions: [Int: Bool] = [:]

    private let table: NodeTable
    private let feeds: Feeds
    /// Outputs of a `Switch` that are dead: bit 0 the false side, bit 1 the true side.
    private var deadSides: [Int: Int] = [:]
    private var isDead: [Bool]
    private var known: [TensorReference: Tensor] = [:]
    private var masks = DropoutMasks()

    static let conditionals: Set<String> = ["If", "StatelessIf"]
    static let switches: Set<String> = ["Switch", "RefSwitch"]
    static let merges: Set<String> = ["Merge", "RefMerge"]

    /// - Throws: `.malformed` for a cycle or an input that isn't there.
    init(
        _ table: NodeTable, _ feeds: Feeds, outputs selection: OutputSelection,
        evaluate: (_ node: GraphNode, _ inputs: [Tensor]) -> [Tensor]?
    ) throws(OsteonError) {
        self.table = table
        self.feeds = feeds
        isDead = Array(repeating: false, count: table.nodes.count)
        outputs = selection.references
        areNamed = selection.areNamed
        let all = try walk(outputs.map(\.node)) { (node) throws(OsteonError) in try sources(of: node) }
        reached = all
        let deciding = Self.switches.union(Self.conditionals).union(["Select"])
        if all.contains(where: { deciding.contains(table.nodes[$0].operation) || DropoutMasks.isRandom(table.nodes[$0]) }) {
            try settle(all, evaluate)
        }
        for output in outputs where isDead(output) && (selection.areNamed || outputs.count == 1) {
            throw OsteonError(
                .usage,
                "\(table.tensorName(output)) lies in a branch that isn't taken; "
                    + "`\(Parameter.input) NAME=VALUE` for what the condition is made from takes the other one.")
        }
        outputs = outputs.filter { !isDead($0) }
        let hasOpenSwitches = all.contains { Self.switches.contains(table.nodes[$0].operation) && deadSides[$0] == nil && !isDead[$0] }
        order = try walk(outputs.map(\.node)) { (node) throws(OsteonError) in
            try liveSources(node).map(\.node) + (hasOpenSwitches ? table.nodes[node].controls.filter(isPivot) : [])
        }
    }

    /// Whether a node stands for one side of a condition, to tell by control what lies on it.
    private func isPivot(_ place: Int) -> Bool {
        var current = table.nodes[place]
        for _ in 0..<16 {
            guard current.operation == "Identity", let source = current.inputs.first, source.node >= 0 else { return false }
            current = table.nodes[source.node]
            if Self.switches.contains(current.operation) { return deadSides[source.node] == nil && !isDead[source.node] }
        }
        return false
    }

    /// Whether a node lies in a branch that isn't taken.
    func isDead(at place: Int) -> Bool { isDead[place] }

    /// The nodes that run before one, for their data or by control.
    func sources(of place: Int) throws(OsteonError) -> [Int] {
        try dataSources(place).map(\.node).filter { $0 >= 0 } + table.nodes[place].controls
    }

    /// Whether the condition of a `Switch` is known.
    func isSettled(_ place: Int) -> Bool { deadSides[place] != nil }

    /// The tensors a node reads that the graph computes: none for what's fed, nor over the back edge of a loop.
    private func dataSources(_ place: Int) throws(OsteonError) -> [TensorReference] {
        let node = table.nodes[place]
        if node.operation == "NextIteration" || node.operation == "RefNextIteration" { return [] }
        if try feeds.feed(TensorReference(node: place, output: 0)) != nil { return [] }
        var sources: [TensorReference] = []
        for input in node.inputs {
            // A cut behind the first output leaves the node itself out.
            if input.output > 0, try feeds.feed(input) != nil { continue }
            sources.append(input)
        }
        return sources
    }

    /// What a node needs for its live outputs.
    private func liveSources(_ place: Int) throws(OsteonError) -> [TensorReference] {
        let node = table.nodes[place]
        var sources = try dataSources(place)
        if Self.switches.contains(node.operation), deadSides[place] != nil { sources = Array(sources.prefix(1)) }
        if let taken = merged[place] { sources = [taken] }
        for (index, source) in sources.enumerated() where source.node < 0 {
            let name = index < node.inputNames.count ? node.inputNames[index] : "a node"
            throw OsteonError(.malformed, "Node \(node.name) reads \(name), which isn't in the graph.")
        }
        return sources
    }

    /// The nodes reachable from `roots` over `edges`, each after those it leads to.
    private func walk(
        _ roots: [Int], _ edges: (Int) throws(OsteonError) -> [Int]
    ) throws(OsteonError) -> [Int] {
        var result: [Int] = []
        var state = [UInt8](repeating: 0, count: table.nodes.count)  // 0 new, 1 open, 2 done
        for root in roots where state[root] == 0 {
            state[root] = 1
            var stack: [(node: Int, edges: [Int], next: Int)] = [(root, try edges(root), 0)]
            while let top = stack.last {
                guard top.next < top.edges.count else {
                    state[top.node] = 2
                    result.append(top.node)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let next = top.edges[top.next]
                if state[next] == 1 {
                    throw OsteonError(.malformed, "The graph has a cycle through node \(table.nodes[next].name).")
                }
                if state[next] == 0 {
                    state[next] = 1
                    stack.append((next, try edges(next), 0))
                }
            }
        }
        return result
    }
}

// MARK: Conditions

extension LiveGraph {
    private func isDead(_ reference: TensorReference) -> Bool {
        guard reference.node >= 0 else { return false }
        if isDead[reference.node] { return true }
        guard let sides = deadSides[reference.node], reference.output < 2 else { return false }
        return sides & (1 << reference.output) != 0
    }

    /// Finds the value of every condition that has one, then what's dead by it; `order` is topological.
    private mutating func settle(
        _ order: [Int], _ evaluate: (_ node: GraphNode, _ inputs: [Tensor]) -> [Tensor]?
    ) throws(OsteonError) {
        let wanted = try conditionAncestors(order)
        var constants = ConstantReader()
        for place in order {
            let node = table.nodes[place]
            let reference = TensorReference(node: place, output: 0)
            switch try feeds.feed(reference) {
            case .constant(let value):
                if wanted[place] { fixed[place] = value }
                known[reference] = try Tensor(scalar: value).converted(to: node.attributes.type("dtype") ?? ElementType.bool)
                continue
            case .input: continue
            case nil: break
            }
            if Self.merges.contains(node.operation) {
                settleMerge(place, node)
                continue
            }
            isDead[place] = node.inputs.contains(where: isDead) || node.controls.contains { isDead[$0] }
            if isDead[place] { continue }
            if Self.switches.contains(node.operation), node.inputs.count == 2 {
                let data = known[node.inputs[0]]
                known[reference] = data
                known[TensorReference(node: place, output: 1)] = data
                if let condition = truth(node.inputs[1]) { deadSides[place] = condition ? 1 : 2 }
            } else if Self.conditionals.contains(node.operation), let predicate = node.inputs.first {
                decisions[place] = truth(predicate)
            } else if node.operation == "IdentityN" {
                for (output, input) in node.inputs.enumerated() { known[TensorReference(node: place, output: output)] = known[input] }
            } else if node.operation == "Select", node.inputs.count == 3, let choice = truth(node.inputs[0]) {
                // Both choices have the shape of the result.
                merged[place] = node.inputs[choice ? 1 : 2]
            } else if let passed = masks.passedInput(of: node, at: place, known: { self.known[$0] }) {
                merged[place] = passed
            } else if wanted[place] {
                try evaluateKnown(place, node, &constants, evaluate)
            }
        }
    }

    private mutating func settleMerge(_ place: Int, _ node: GraphNode) {
        let live = node.inputs.filter { !isDead($0) }
        if live.isEmpty { isDead[place] = true }
        guard live.count == 1, let taken = live.first else { return }
        merged[place] = taken
        known[TensorReference(node: place, output: 0)] = known[taken]
    }

    private func truth(_ reference: TensorReference) -> Bool? {
        guard let values = try? known[reference]?.doubles(), let first = values.first, values.allSatisfy({ $0 == first }) else {
            return nil
        }
        return first != 0
    }

    private mutating func evaluateKnown(
        _ place: Int, _ node: GraphNode, _ constants: inout ConstantReader,
        _ evaluate: (_ node: GraphNode, _ inputs: [Tensor]) -> [Tensor]?
    ) throws(OsteonError) {
        if node.operation == "Const" {
            guard let value = try node.attributes.tensor("value"), value.tensorShape.dim.allSatisfy({ $0.size <= 64 }),
                value.tensorShape.dim.count <= 1, (try? value.dtype.elementType()) != nil
            else { return }
            known[TensorReference(node: place, output: 0)] = try locating("node \(node.name)") { () throws(OsteonError) in
                try constants.tensor(value)
            }
            return
        }
        var inputs: [Tensor] = []
        for input in node.inputs {
            guard let tensor = known[input] else { return }
            inputs.append(tensor)
        }
        guard !inputs.isEmpty, let results = evaluate(node, inputs) else { return }
        for (output, tensor) in results.enumerated() { known[TensorReference(node: place, output: output)] = tensor }
    }

    /// Which nodes some condition depends on.
    private func conditionAncestors(_ order: [Int]) throws(OsteonError) -> [Bool] {
        var result = [Bool](repeating: false, count: table.nodes.count)
        var stack: [Int] = []
        let hasMasks = order.contains { DropoutMasks.isRandom(table.nodes[$0]) }
        for place in order {
            let node = table.nodes[place]
            if Self.switches.contains(node.operation), node.inputs.count == 2 { stack.append(node.inputs[1].node) }
            let isChoice = Self.conditionals.contains(node.operation) || node.operation == "Select"
            if isChoice, let predicate = node.inputs.first { stack.append(predicate.node) }
            if hasMasks, DropoutMasks.operations.contains(node.operation) { stack += node.inputs.map(\.node) }
        }
        while let place = stack.popLast() {
            guard place >= 0, !result[place] else { continue }
            result[place] = true
            stack += try dataSources(place).map(\.node)
        }
        return result
    }
}
