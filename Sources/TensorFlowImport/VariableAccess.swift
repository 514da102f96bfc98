import Bytes

/// The variables that a node reads and assigns, each as the node that stands for it: `VariableV2`, `VarHandleOp`, or a function's argument.
struct VariableAccess {
    var read: [Int] = []
    var assigned: [Int] = []

    /// The same of a function, by the numbers of its arguments.
    struct OfArguments {
        var read: Set<Int> = []
        var assigned: Set<Int> = []
    }

    private static let references: Set<String> = ["VariableV2", "Variable"]
    private static let handles: Set<String> = ["VarHandleOp", "_Arg"]
    /// What passes on a handle, or a reference.
    private static let passing: Set<String> = ["Identity", "IdentityN", "Switch", "Enter", "StopGradient"]
    private static let passingReferences: Set<String> = ["RefIdentity", "RefSwitch", "RefEnter"]
    private static let readers: Set<String> = ["ReadVariableOp", "ReadVariablesOp", "ResourceGather", "ResourceGatherNd"]
    /// What operations that change their first inputs begin with.
    private static let changing = [
        "Assign", "Scatter", "Apply", "SparseApply", "CountUpTo", "StridedSliceAssign", "ResourceApply", "ResourceSparseApply",
        "ResourceScatter", "ResourceStridedSliceAssign", "ResourceCountUpTo",
    ]
    /// Those among them that change nothing.
    private static let pure: Set<String> = ["ScatterNd", "ScatterNdNonAliasingAdd"]

    /// - Parameter functions: what the functions that a loop or a condition runs do with its inputs; nil for other nodes.
    init(of node: GraphNode, in table: NodeTable, functions: (GraphNode) -> OfArguments?) {
        let variables = node.inputs.map { Self.variable($0, in: table) }
        guard variables.contains(where: { $0 != nil }) else { return }
        if let inner = functions(node) {
            for (index, variable) in variables.enumerated() {
                guard let variable else { continue }
                if inner.read.contains(index) { read.append(variable) }
                if inner.assigned.contains(index) { assigned.append(variable) }
            }
        } else if Self.changes(node.operation) {
            // An optimiser's step changes several: the variable and what it keeps of it.
            let count = node.operation.contains("Apply") ? variables.count : 1
            assigned = variables.prefix(count).compactMap { $0 }
        } else if !Self.passingReferences.contains(node.operation) {
            let isReader = Self.readers.contains(node.operation)
            read = variables.compactMap { $0 }.filter { isReader || Self.references.contains(table.nodes[$0].operation) }
        }
    }

    /// Whether an operation assigns a variable, or runs functions that may.
    static func mayChange(_ operation: String) -> Bool {
        changes(operation) || ["StatefulPartitionedCall", "While", "If", "Case"].contains(operation)
    }

    private static func changes(_ operation: String) -> Bool {
        changing.contains { operation.hasPrefix($0) } && !pure.contains(operation)
    }

    /// The variable that a tensor is the handle of, or a reference to.
    private static func variable(_ tensor: TensorReference, in table: NodeTable) -> Int? {
        var current = tensor
        var isCopied = false
        for _ in 0..<256 {
            guard current.node >= 0 else { return nil }
            let node = table.nodes[current.node]
            if handles.contains(node.operation) { return current.node }
            if references.contains(node.operation) { return isCopied ? nil : current.node }
            if passing.contains(node.operation) { isCopied = true } else if !passingReferences.contains(node.operation) { return nil }
            let index = node.operation == "IdentityN" ? current.output : 0
            guard index < node.inputs.count else { return nil }
            current = node.inputs[index]
        }
        return nil
    }
}

extension Subgraph {
    /// What it does with variables among its arguments.
    func variableAccess(functions: (GraphNode) -> VariableAccess.OfArguments?) -> VariableAccess.OfArguments {
        var numbers: [Int: Int] = [:]
        for (number, argument) in arguments.enumerated() { numbers[argument.node] = number }
        var result = VariableAccess.OfArguments()
        for node in table.nodes {
            let access = VariableAccess(of: node, in: table, functions: functions)
            result.read.formUnion(access.read.compactMap { numbers[$0] })
            result.assigned.formUnion(access.assigned.compactMap { numbers[$0] })
        }
        return result
    }
}
