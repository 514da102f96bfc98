import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors
import WireFormats

/// What single nodes become: control flow, lists, and operations there's a rule for.
extension GraphConversion {
    static func isSupported(_ operation: String) -> Bool {
        ImportRules.rule(for: operation) != nil || ListRules.table[operation] != nil || ArrayRules.table[operation] != nil
            || controls.contains(operation) || LiveGraph.switches.contains(operation) || LiveGraph.merges.contains(operation)
    }

    private static let controls: Set<String> = ["While", "StatelessWhile", "If", "StatelessIf", "Case", "StatelessCase"]
    /// Whether a node can do without some of what it reads.
    static func passesFailures(_ operation: String) -> Bool {
        controls.contains(operation) || passing.contains(operation) || LiveGraph.merges.contains(operation)
            || LiveGraph.switches.contains(operation)
    }

    /// What passes on lists and handles too.
    private static let passing: Set<String> = ["Identity", "IdentityN", "RefIdentity", "StopGradient", "Snapshot"]

    /// What a node makes; nil where it lies in a branch that isn't taken.
    func results(
        _ place: Int, _ node: GraphNode, _ inputs: [ImportedValue], _ controls: Guards
    ) throws(OsteonError) -> [ImportedValue]? {
        if LiveGraph.merges.contains(node.operation) { return try merged(inputs) }
        var guards = controls
        for input in inputs {
            guard !input.isDead, let joined = guards.joined(with: input.guards) else { return nil }
            guards = joined
        }
        if LiveGraph.switches.contains(node.operation) { return try switched(inputs, guards) }
        let contents = try contents(node, inputs.map(\.content))
        return contents.map { ImportedValue(content: $0, guards: guards) }
    }

    private func contents(_ node: GraphNode, _ inputs: [ImportedValue.Content]) throws(OsteonError) -> [ImportedValue.Content] {
        switch node.operation {
        case "While", "StatelessWhile": return try loop(node, inputs, prefix + node.name)
        case "If", "StatelessIf", "Case", "StatelessCase": return try branch(node, inputs, prefix + node.name)
        default: break
        }
        if let rule = ListRules.table[node.operation] ?? ArrayRules.table[node.operation] {
            return try rule(ListNode(node: node, inputs: inputs, context: context))
        }
        var tensors: [ValueID] = []
        for case .tensor(let value) in inputs { tensors.append(value) }
        if tensors.count < inputs.count {
            if Self.passing.contains(node.operation) { return inputs }
            throw OsteonError(.unsupported, "reads a list of tensors")
        }
        guard let rule = ImportRules.rule(for: node.operation) else {
            throw OsteonError(.unsupported, UnsupportedOperations.explanation(node.operation) ?? "")
        }
        let request = RuleNode(name: builder.scope, operation: node.operation, inputs: tensors, attributes: node.attributes)
        let results = try rule(request, builder)
        for value in results where builder.origins[value] == nil { builder.origins[value] = request }
        return results.map { .tensor($0) }
    }
}
