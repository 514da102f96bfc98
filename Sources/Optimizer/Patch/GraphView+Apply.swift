import Bytes
import GraphIR
import Tensors

extension GraphView {
    /// What an applied patch did, for the driver's work list.
    struct Change {
        /// The nodes added, and those whose surroundings changed.
        var touched: [NodeID] = []
        /// For each replacement, the value that's read now, by name.
        var names: [(old: String, new: String)] = []
    }

    /// Applies `patch`: adds, re-routes, re-verifies the types of what changed, removes what nobody reads any more.
    /// - Returns: nil where the patch can't be applied: it speaks of what's gone, or would make two graph inputs or
    ///   outputs one value. The graph is unchanged then.
    /// - Throws: `.internalFault` where the patch would change a type, operators' errors where they refuse it.
    mutating func apply(_ patch: GraphPatch) throws(OsteonError) -> Change? {
        guard isApplicable(patch) else { return nil }
        var change = Change()
        let additions = try add(patch)
        for (old, reference) in patch.replacements {
            let new = resolve(reference, additions.values)
            change.names.append((graph[old].name, ""))
            try reroute(old, to: new, inheriting: reference.isAdded, except: additions.nodes, &change)
        }
        for (index, replacement) in patch.replacements.enumerated() {
            change.names[index].new = graph[resolve(replacement.new, additions.values)].name
        }
        removeDead(patch.replacements.map { $0.old } + patch.unreadConstants, patch.removals, &change)
        try settleNames(patch, additions)
        change.touched = additions.nodes + change.touched.filter(graph.contains)
        return change
    }

    private struct Additions {
        /// The outputs of each addition.
        var values: [[ValueID]] = []
        var nodes: [NodeID] = []
    }

    private func resolve(_ reference: GraphPatch.Reference, _ added: [[ValueID]]) -> ValueID {
        switch reference {
        case .existing(let value): value
        case .added(let index, let output): added[index][output]
        }
    }

    private func isApplicable(_ patch: GraphPatch) -> Bool {
        var existing: [ValueID] = []
        func collect(_ reference: GraphPatch.Reference?) {
            if case .existing(let value) = reference { existing.append(value) }
        }
        for addition in patch.additions {
            if case .node(_, let inputs, _, _) = addition { inputs.forEach(collect) }
        }
        for replacement in patch.replacements { collect(replacement.new) }
        existing += patch.replacements.map { $0.old } + patch.unreadConstants
        guard existing.allSatisfy(graph.contains), patch.removals.allSatisfy(graph.contains) else { return false }
        var given: Set<GraphPatch.Reference> = []
        for (old, new) in patch.replacements where isOutput(old) {
            guard given.insert(new).inserted else { return false }
            if case .existing(let value) = new, isOutput(value) || graph.inputs.contains(value) { return false }
        }
        return true
    }

    private mutating func add(_ patch: GraphPatch) throws(OsteonError) -> Additions {
        var result = Additions()
        for addition in patch.additions {
            switch addition {
            case .constant(let name, let tensor):
                result.values.append([graph.addConstant(name, tensor)])
            case .node(let op, let references, let name, let outputNames):
                let inputs = references.map { $0.map { resolve($0, result.values) } }
                let outputs = try graph.add(op, inputs, name: name, outputNames: outputNames)
                result.values.append(outputs)
                guard let id = graph.producer(outputs[0]) else { continue }
                result.nodes.append(id)
                for case .some(let input) in inputs { addReader(id, of: input) }
            }
        }
        return result
    }

    private mutating func reroute(
        _ old: ValueID, to new: ValueID, inheriting: Bool, except added: [NodeID], _ change: inout Change
    ) throws(OsteonError) {
        try adoptType(of: old, for: new)
        let moving = consumers(old)
        var seen: Set<NodeID> = []
        for node in moving where !added.contains(node) && seen.insert(node).inserted {
            graph.setInputs(node, graph[node].inputs.map { $0 == old ? new : $0 })
        }
        for node in moving where !added.contains(node) { addReader(node, of: new) }
        if old.index < readers.count { readers[old.index].removeAll { !added.contains($0) } }
        let wasOutput = isOutput(old)
        if wasOutput {
            graph.setOutputs(graph.outputs.map { $0 == old ? new : $0 })
            outputs.remove(old)
            outputs.insert(new)
        }
        if wasOutput || (inheriting && !isOutput(new)) {
            let name = graph[old].name
            try graph.rename(old, to: graph.uniqueValueName(name))
            try graph.rename(new, to: name)
        }
        try refresh(moving.filter { seen.contains($0) })
        change.touched += moving.filter { seen.contains($0) }
        if let producer = graph.producer(new) { change.touched.append(producer) }
    }

    /// Gives `new` all that's known of the type of `old`, which it replaces.
    private mutating func adoptType(of old: ValueID, for new: ValueID) throws(OsteonError) {
        let before = graph.type(old)
        let after = graph.type(new)
        guard before.isCompatible(with: after) else {
            throw OsteonError(
                .internalFault, "The patch would replace \(graph[old].name), a \(before), with a \(after).")
        }
        graph.setType(new, after.refined(by: before))
    }

    /// Infers the types of these nodes anew, and of those after them as far as anything becomes better known.
    private mutating func refresh(_ nodes: [NodeID]) throws(OsteonError) {
        var stack = Array(nodes.reversed())
        while let id = stack.popLast() {
            let node = graph[id]
            let types = try graph.inferredTypes(node.op, node.inputs, outputCount: node.outputs.count, nodeName: node.name)
            for (value, type) in zip(node.outputs, types) where graph.contains(value) && graph.producer(value) == id {
                let known = graph.type(value)
                guard known.isCompatible(with: type) else {
                    throw OsteonError(
                        .internalFault, "The patch would make \(graph[value].name) a \(type); it was a \(known).")
                }
                let refined = known.refined(by: type)
                guard refined != known else { continue }
                graph.setType(value, refined)
                stack += consumers(value)
            }
        }
    }

    private mutating func removeDead(_ replaced: [ValueID], _ removals: [NodeID], _ change: inout Change) {
        var stack = replaced + removals.flatMap { graph[$0].outputs }
        while let value = stack.popLast() {
            guard graph.contains(value), !isRead(value) else { continue }
            guard let id = graph.producer(value) else {
                graph.removeConstant(value)
                continue
            }
            let node = graph[id]
            guard node.outputs.allSatisfy({ !graph.contains($0) || !isRead($0) || graph.producer($0) != id }) else { continue }
            graph.remove(id)
            for case .some(let input) in node.inputs {
                if let place = readers[input.index].firstIndex(of: id) { readers[input.index].remove(at: place) }
                stack.append(input)
                change.touched += consumers(input)
                if let producer = graph.producer(input) { change.touched.append(producer) }
            }
        }
    }

    /// Names what was added as the patch asked, where removals made the names free.
    private mutating func settleNames(_ patch: GraphPatch, _ additions: Additions) throws(OsteonError) {
        let inherited = Set(patch.replacements.map { $0.new })
        for (index, addition) in patch.additions.enumerated() {
            var wanted: [String] = []
            switch addition {
            case .constant(let name, _): wanted = [name]
            case .node(_, _, let name, let outputNames):
                wanted = outputNames
                guard let first = additions.values[index].first, graph.contains(first) else { continue }
                if let id = graph.producer(first) { try graph.rename(id, to: graph.availableName(for: id, name)) }
            }
            for (output, name) in wanted.enumerated() where !inherited.contains(.added(index, output: output)) {
                let value = additions.values[index][output]
                if graph.contains(value), graph.value(named: name) == nil, !name.isEmpty { try graph.rename(value, to: name) }
            }
        }
    }
}

extension Graph {
    /// `name` where no other node has it, else the name the node has.
    fileprivate func availableName(for node: NodeID, _ name: String) -> String {
        !name.isEmpty && uniqueNodeName(name) == name ? name : self[node].name
    }
}

extension GraphPatch.Reference {
    var isAdded: Bool {
        if case .added = self { true } else { false }
    }
}

extension TensorType {
    /// This type with what `other`, a compatible one, knows better.
    func refined(by other: TensorType) -> TensorType {
        guard let shape else { return other }
        guard let better = other.shape, better.count == shape.count else { return self }
        let merged = zip(shape, better).map { mine, theirs -> Dimension in
            switch (mine, theirs) {
            case (.fixed, _): mine
            case (_, .fixed): theirs
            case (.unknown, _): theirs
            default: mine
            }
        }
        return TensorType(elementType, merged)
    }
}
