import Bytes
import WireFormats

/// Replaces calls of library functions by the functions' own nodes.
///
/// A call `f` becomes nodes named `f/…` (just `…` where `f` is a name TensorFlow made up) and an `IdentityN` named `f` that gives the
/// results, so that readers of the call need no change.
struct FunctionInliner {
    private var functions: [String: Tensorflow_FunctionDef] = [:]
    /// The nodes of each function that assign a variable, or run functions that may.
    private var assigning: [String: [String]] = [:]
    private static let roundLimit = 64

    init(_ library: Tensorflow_FunctionDefLibrary) throws(OsteonError) {
        for function in library.function {
            guard functions.updateValue(function, forKey: function.signature.name) == nil else {
                throw OsteonError(.malformed, "Two functions are named \(function.signature.name).")
            }
            assigning[function.signature.name] = function.nodeDef.filter { VariableAccess.mayChange($0.op) }.map(\.name)
        }
    }

    var isEmpty: Bool { functions.isEmpty }

    /// The nodes with every unconditional call replaced, those within functions too.
    /// - Throws: `.limitExceeded` where functions call one another endlessly or blow up, `.malformed` for unknown ones.
    func inliningCalls(_ nodes: [Tensorflow_NodeDef]) throws(OsteonError) -> [Tensorflow_NodeDef] {
        var current = nodes
        for _ in 0..<Self.roundLimit {
            var calls: [String: String] = [:]
            for node in current {
                if let name = try called(by: node) { calls[node.name] = name }
            }
            if calls.isEmpty { return current }
            current = try inlining(calls, in: current)
        }
        throw OsteonError(.limitExceeded, "Functions of the graph call one another more than \(Self.roundLimit) deep.")
    }

    private func called(by node: Tensorflow_NodeDef) throws(OsteonError) -> String? {
        if functions[node.op] != nil { return node.op }
        guard node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall" else { return nil }
        return try NodeAttributes(node.attr).function("f")
    }

    /// The nodes with the branch taken by each conditional replaced by its function.
    /// - Parameter decisions: the value of the condition by the name of the `If` node.
    func inliningBranches(
        _ decisions: [String: Bool], in nodes: [Tensorflow_NodeDef]
    ) throws(OsteonError) -> [Tensorflow_NodeDef] {
        var calls: [String: String] = [:]
        for node in nodes {
            guard let decision = decisions[node.name] else { continue }
            guard let name = try NodeAttributes(node.attr).function(decision ? "then_branch" : "else_branch") else {
                throw OsteonError(.malformed, "The conditional \(node.name) names no branch.")
            }
            calls[node.name] = name
        }
        return try inlining(calls, in: nodes, skippingFirstInput: true)
    }

    /// A function as what a loop or a condition runs.
    func definition(of name: String) throws(OsteonError) -> SubgraphDefinition {
        guard let function = functions[name] else { throw OsteonError(.malformed, "There's no function of that name in the graph.") }
        // Of a call of this name nothing goes into the names of its nodes.
        var call = Tensorflow_NodeDef()
        call.name = "PartitionedCall"
        let arguments = function.signature.inputArg.indices.map { "_argument_\($0)" }
        var taken = Set(arguments + [call.name])
        var nodes = try expand(function, as: call, arguments, &taken)
        let results = nodes.removeLast().input.filter { !$0.hasPrefix("^") }
        return SubgraphDefinition(
            arguments: arguments, nodes: arguments.map(SubgraphDefinition.argument) + nodes, results: results)
    }

    private func inlining(
        _ calls: [String: String], in nodes: [Tensorflow_NodeDef], skippingFirstInput: Bool = false
    ) throws(OsteonError) -> [Tensorflow_NodeDef] {
        var result: [Tensorflow_NodeDef] = []
        var taken = calls.isEmpty ? [] : Set(nodes.map(\.name))
        for node in nodes {
            guard let name = calls[node.name] else {
                result.append(node)
                continue
            }
            guard let function = functions[name] else {
                throw OsteonError(.malformed, "Node \(node.name) calls the function \(name), which isn't in the graph.")
            }
            var arguments = node.input.filter { !$0.hasPrefix("^") }
            if skippingFirstInput, !arguments.isEmpty { arguments.removeFirst() }
            result += try locating("function \(name), called by \(node.name)") { () throws(OsteonError) in
                try expand(function, as: node, arguments, &taken)
            }
            guard result.count <= GraphDefFile.nodeLimit else {
                throw OsteonError(.limitExceeded, "The graph's functions blow up to more than \(GraphDefFile.nodeLimit) nodes.")
            }
        }
        return result
    }

    private func expand(
        _ function: Tensorflow_FunctionDef, as call: Tensorflow_NodeDef, _ arguments: [String], _ taken: inout Set<String>
    ) throws(OsteonError) -> [Tensorflow_NodeDef] {
        guard arguments.count == function.signature.inputArg.count else {
            throw OsteonError(
                .malformed, "It takes \(function.signature.inputArg.count) arguments, \(arguments.count) are given.")
        }
        var scope = Scope(controls: call.input.filter { $0.hasPrefix("^") })
        for (argument, value) in zip(function.signature.inputArg, arguments) { scope.arguments[argument.name] = value }
        let prefix = Self.prefix(of: call)
        for node in function.nodeDef {
            scope.operations[node.name] = node.op
            let short = prefix.isEmpty ? node.name : "\(prefix)/\(node.name)"
            var name = taken.contains(short) ? "\(call.name)/\(node.name)" : short
            while taken.contains(name) { name += "_1" }
            taken.insert(name)
            scope.names[node.name] = name
        }
        var result: [Tensorflow_NodeDef] = []
        for node in function.nodeDef {
            var copy = node
            copy.name = scope.names[node.name] ?? "\(call.name)/\(node.name)"
            copy.input = try scope.controls + renamed(node.input, scope)
            result.append(copy)
        }
        var returned: [String] = []
        for output in function.signature.outputArg {
            guard let source = function.ret[output.name] else {
                throw OsteonError(.malformed, "Its result \(output.name) comes from nowhere.")
            }
            returned += try renamed([source], scope)
        }
        var identity = Tensorflow_NodeDef()
        identity.name = call.name
        identity.op = "IdentityN"
        // A call is over once its function has assigned what it assigns.
        let effects = assigning[function.signature.name, default: []].compactMap { scope.names[$0] }
        identity.input = returned + scope.controls + effects.map { "^\($0)" }
        return result + [identity]
    }

    /// What the names of a call's nodes begin with: the call's own name, without the parts TensorFlow made up for calls.
    private static func prefix(of call: Tensorflow_NodeDef) -> String {
        call.name.split(separator: "/").filter { !isMadeUp($0.utf8) }.joined(separator: "/")
    }

    /// Whether a part of a name is `PartitionedCall`, `StatefulPartitionedCall`, or one of them with a number.
    private static func isMadeUp(_ part: Substring.UTF8View) -> Bool {
        ["StatefulPartitionedCall", "PartitionedCall"].contains { kind in
            guard part.starts(with: kind.utf8) else { return false }
            let next = part.dropFirst(kind.utf8.count).first
            return next == nil || next == UInt8(ascii: "_")
        }
    }

    /// What names mean within one call.
    private struct Scope {
        /// What each node of the function is called in the graph it's put into.
        var names: [String: String] = [:]
        var controls: [String]
        var arguments: [String: String] = [:]
        var operations: [String: String] = [:]
    }

    /// The inputs of a function's node as inputs in the graph it's put into.
    private func renamed(_ inputs: [String], _ scope: Scope) throws(OsteonError) -> [String] {
        var result: [String] = []
        for input in inputs {
            if input.hasPrefix("^") {
                let name = String(input.dropFirst())
                if let name = scope.names[name] { result.append("^\(name)") }
                continue
            }
            let parts = input.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            if let argument = scope.arguments[parts[0]], scope.operations[parts[0]] == nil {
                result.append(argument)
                continue
            }
            guard let operation = scope.operations[parts[0]], let name = scope.names[parts[0]] else {
                throw OsteonError(.malformed, "\"\(input)\" is read but isn't there.")
            }
            result.append("\(name):\(try output(of: operation, Array(parts.dropFirst()), input))")
        }
        return result
    }

    /// The place of output "argument:index" among all outputs of an operation.
    private func output(of operation: String, _ parts: [String], _ text: String) throws(OsteonError) -> Int {
        guard !parts.isEmpty else { return 0 }
        let names = functions[operation]?.signature.outputArg.map(\.name) ?? OperationOutputs.names[operation] ?? []
        let index = parts.count > 1 ? Int(parts[1]) : Int(parts[0]) ?? 0
        guard let index, index >= 0, index < 1 << 20 else {
            throw OsteonError(.malformed, "\"\(text)\" doesn't name an output of a function's node.")
        }
        guard let first = names.firstIndex(of: parts[0]) else {
            guard names.isEmpty || parts.count == 1 else { throw OsteonError(.malformed, "\(operation) has no output \(parts[0]).") }
            return index
        }
        return first + index
    }
}
