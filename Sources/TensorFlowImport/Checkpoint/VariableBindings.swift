import Bytes
import WireFormats

/// Which entry of a checkpoint each variable of a graph is restored from, as the graph's own nodes for restoring say.
///
/// A graph restores with `RestoreV2` nodes that hold the names of entries, and assignments from their outputs to the
/// variables; TensorFlow 2 has the same within a function. Names of variables and entries need not be alike.
struct VariableBindings {
    struct Place: Hashable {
        var key: String
        /// The part of a partitioned tensor that the variable holds; nil for all of it.
        var slice: TensorSlice?
    }

    /// By the name of the variable's node.
    private(set) var places: [String: Place] = [:]

    static let variables: Set<String> = ["VariableV2", "Variable", "VarHandleOp"]
    private static let assignments: Set<String> = ["Assign", "AssignVariableOp"]
    private static let passing: Set<String> = ["Identity", "IdentityN", "Reshape", "Cast", "ReadVariableOp", "Switch", "RefSwitch"]

    /// - Parameter restore: the node that restores everything, where the graph's description names one.
    init(_ table: NodeTable, restoredBy restore: String) throws(OsteonError) {
        let wanted = try table.reference(restore).map { table.ancestors(of: [$0.node]) }
        for pass in [wanted, nil] {
            for (place, node) in table.nodes.enumerated() where Self.assignments.contains(node.operation) && node.inputs.count >= 2 {
                if let pass, !pass[place] { continue }
                guard let variable = Self.source(node.inputs[0], in: table), Self.variables.contains(table.nodes[variable.node].operation),
                    let value = Self.source(node.inputs[1], in: table), table.nodes[value.node].operation == "RestoreV2"
                else { continue }
                let name = table.nodes[variable.node].name
                if places[name] == nil { places[name] = try Self.place(value, in: table) }
            }
            if !places.isEmpty { break }
        }
    }

    /// What a tensor is a copy of.
    private static func source(_ reference: TensorReference, in table: NodeTable) -> TensorReference? {
        var current = reference
        for _ in 0..<256 {
            guard current.node >= 0 else { return nil }
            let node = table.nodes[current.node]
            guard passing.contains(node.operation) else { return current }
            let index = node.operation == "IdentityN" ? current.output : 0
            guard index < node.inputs.count else { return nil }
            current = node.inputs[index]
        }
        return nil
    }

    /// The entry that output `value` of a `RestoreV2` gives.
    private static func place(_ value: TensorReference, in table: NodeTable) throws(OsteonError) -> Place? {
        let node = table.nodes[value.node]
        guard node.inputs.count >= 3, let names = try strings(node.inputs[1], in: table),
            let slices = try strings(node.inputs[2], in: table)
        else { return nil }
        return try locating("node \(node.name)") { () throws(OsteonError) in
            guard value.output < names.count, value.output < slices.count else {
                throw OsteonError(.malformed, "It restores \(names.count) tensors, number \(value.output) is read.")
            }
            return Place(key: names[value.output], slice: try TensorSlice(specification: slices[value.output]))
        }
    }

    private static func strings(_ reference: TensorReference, in table: NodeTable) throws(OsteonError) -> [String]? {
        guard let source = source(reference, in: table), table.nodes[source.node].operation == "Const" else { return nil }
        guard let value = try table.nodes[source.node].attributes.tensor("value"), value.dtype == .dtString else { return nil }
        var result: [String] = []
        for bytes in value.stringVal {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw OsteonError(.malformed, "Node \(table.nodes[source.node].name) holds a name that isn't UTF-8.")
            }
            result.append(text)
        }
        // A splat, as TensorFlow writes equal strings.
        guard let last = result.last, let count = try? Checked.product(value.tensorShape.fixedShape()), count <= 1 << 20 else {
            return result
        }
        while result.count < count { result.append(last) }
        return result
    }
}
