import Bytes
import GraphIR
import ImportSupport
import WireFormats

/// Turns ONNX nodes into a portable graph, graph by graph; holds what the import of one model shares.
package final class GraphImporter: ImportBuilder {
    let decoder: TensorDecoder
    private(set) var notes: [String] = []
    private let functions: FunctionLibrary
    private var activeFunctions: [String] = []
    private var importedNodes = 0

    /// Unrolled loops and nested functions can ask for any number of nodes; no real model has this many.
    private static let mostNodes = 100_000

    init(name: String, decoder: TensorDecoder, functions: FunctionLibrary) {
        self.decoder = decoder
        self.functions = functions
        super.init(name: name, followsIntegers: false, keepsQuantization: true)
    }

    /// Adds a note for the user, once.
    func note(_ text: String) {
        if notes.count < 50, !notes.contains(text) { notes.append(text) }
    }

    // MARK: Names

    /// The value that `name` stands for in `scope`.
    func value(_ name: String, in scope: Scope) throws(OsteonError) -> ValueID? {
        var current: Scope? = scope
        while let place = current {
            if let value = place.values[name] { return value }
            if let proto = place.initializers[name] {
                let value = graph.addConstant(place.prefix + name, try decoder.tensor(proto))
                place.values[name] = value
                return value
            }
            current = place.parent
        }
        return nil
    }

    /// The same, for a value that must be there.
    func requiredValue(_ name: String, in scope: Scope) throws(OsteonError) -> ValueID {
        guard let value = try value(name, in: scope) else {
            throw OsteonError(.malformed, "The value \(name) is used, but nothing makes it.")
        }
        return value
    }

    /// Makes the constants of a graph visible in its scope.
    func declareInitializers(_ proto: Onnx_GraphProto, in scope: Scope) throws(OsteonError) {
        if let sparse = proto.sparseInitializer.first {
            throw OsteonError(.unsupported, "Tensor \(sparse.values.name) is sparse, which Osteon doesn't have.")
        }
        for tensor in proto.initializer {
            guard scope.initializers.updateValue(tensor, forKey: tensor.name) == nil else {
                throw OsteonError(.malformed, "Two constants are named \(tensor.name).")
            }
        }
    }

    // MARK: Nodes

    /// Imports nodes in order, each of which must come after those it reads from.
    func importNodes(_ nodes: [Onnx_NodeProto], in scope: Scope) throws(OsteonError) {
        try functions.requireSupport(of: nodes, in: scope)
        for node in nodes { try importNode(node, in: scope) }
    }

    private func importNode(_ node: Onnx_NodeProto, in scope: Scope) throws(OsteonError) {
        importedNodes += 1
        guard importedNodes <= Self.mostNodes else {
            throw OsteonError(.limitExceeded, "Unrolled and inlined, the model has more than \(Self.mostNodes) nodes.")
        }
        try locating(Self.describe(node)) { () throws(OsteonError) in
            var inputs: [ValueID?] = []
            for name in node.input { inputs.append(name.isEmpty ? nil : try requiredValue(name, in: scope)) }
            let context = NodeContext(
                importer: self, scope: scope, node: node, version: scope.version(of: node.domain) ?? 1, inputs: inputs,
                attributes: try Self.attributes(of: node, in: scope))
            let results: [ValueID]
            if let function = functions.function(for: node) {
                results = try call(function, context)
            } else if let rule = RuleTable.rule(for: node) {
                results = try rule(context)
                for name in context.unreadAttributes {
                    note("\(Self.describe(node)): attribute \(name) isn't known and was ignored.")
                }
            } else {
                throw OsteonError(.unsupported, "There's no rule for it.")
            }
            for (name, value) in zip(node.output, results) where !name.isEmpty { scope.values[name] = value }
        }
    }

    static func describe(_ node: Onnx_NodeProto) -> String {
        let name = node.name.isEmpty ? node.output.first { !$0.isEmpty } ?? "without a name" : node.name
        return "\(node.opType) node \(name)"
    }

    /// The attributes of a node by name, references to those of the function around it replaced.
    private static func attributes(
        of node: Onnx_NodeProto, in scope: Scope
    ) throws(OsteonError) -> [String: Onnx_AttributeProto] {
        var result: [String: Onnx_AttributeProto] = [:]
        // Before version 6 an attribute named the inputs an operator may overwrite: nothing to do with what it computes.
        let isOld = scope.version(of: node.domain) ?? 1 < 6
        for attribute in node.attribute where !isOld || attribute.name != "consumed_inputs" {
            var value = attribute
            if !attribute.refAttrName.isEmpty {
                guard let given = scope.functionAttributes[attribute.refAttrName] else { continue }
                value = given
            }
            guard result.updateValue(value, forKey: attribute.name) == nil else {
                throw OsteonError(.malformed, "Attribute \(attribute.name) is given twice.")
            }
        }
        return result
    }

    // MARK: Graphs within the graph

    /// Imports a branch or a loop body in place.
    /// - Returns: the values of its outputs.
    func inline(
        _ body: Onnx_GraphProto, arguments: [ValueID?], prefix: String, around scope: Scope
    ) throws(OsteonError) -> [ValueID] {
        guard arguments.count == body.input.count else {
            throw OsteonError(.malformed, "The graph \(body.name) takes \(body.input.count) inputs, \(arguments.count) are given.")
        }
        let inner = Scope(inside: scope, prefix: prefix)
        try declareInitializers(body, in: inner)
        for (input, argument) in zip(body.input, arguments) { inner.values[input.name] = argument }
        let outline = try GraphOutline(body.node, wanted: body.output.map(\.name)) {
            inner.values[$0] != nil || inner.initializers[$0] != nil
        }
        try importNodes(outline.nodes, in: inner)
        var results: [ValueID] = []
        for output in body.output { results.append(try requiredValue(output.name, in: inner)) }
        return results
    }

    /// Imports the body of a function in place of a node that calls it.
    private func call(_ function: Onnx_FunctionProto, _ context: NodeContext) throws(OsteonError) -> [ValueID] {
        let key = FunctionLibrary.key(function.domain, function.name, function.overload)
        guard !activeFunctions.contains(key) else {
            throw OsteonError(.malformed, "The function \(function.name) calls itself.")
        }
        guard activeFunctions.count < FunctionLibrary.deepestCalls else {
            throw OsteonError(.limitExceeded, "Functions call functions more than \(FunctionLibrary.deepestCalls) deep.")
        }
        activeFunctions.append(key)
        defer { activeFunctions.removeLast() }
        let node = context.node
        let caller = node.name.isEmpty ? node.output.first { !$0.isEmpty } ?? function.name : node.name
        let inner = Scope(
            prefix: "\(context.scope.prefix)\(caller)/",
            opsets: function.opsetImport.isEmpty ? context.scope.opsets : try Scope.opsets(function.opsetImport),
            functionAttributes: try functions.arguments(of: function, given: Self.attributes(of: context.node, in: context.scope)))
        guard context.inputs.count <= function.input.count, context.outputCount <= function.output.count else {
            throw OsteonError(.malformed, "The function \(function.name) has fewer inputs or outputs than the node that calls it.")
        }
        for (name, value) in zip(function.input, context.inputs) { inner.values[name] = value }
        // An argument left out is a name without a value: only nodes that take it as optional may read it.
        let missing = Set(function.input.filter { inner.values[$0] == nil })
        let wanted = function.output.indices.filter { context.wants($0) }.map { function.output[$0] }
        let outline = try GraphOutline(function.node, wanted: wanted) { inner.values[$0] != nil || missing.contains($0) }
        // What it needs was checked with the node that calls it.
        for node in outline.nodes { try importNode(Self.dropping(missing, from: node), in: inner) }
        var results: [ValueID] = []
        for (index, output) in function.output.prefix(context.outputCount).enumerated() {
            // An output nobody reads needs no value; any will do to keep the places.
            let value = context.wants(index) ? try requiredValue(output, in: inner) : results.first ?? context.inputs.first.flatMap { $0 }
            guard let value else { throw OsteonError(.unsupported, "Its first output is left out.") }
            results.append(value)
        }
        return results
    }

    private static func dropping(_ names: Set<String>, from node: Onnx_NodeProto) -> Onnx_NodeProto {
        guard !names.isEmpty, node.input.contains(where: names.contains) else { return node }
        var copy = node
        copy.input = node.input.map { names.contains($0) ? "" : $0 }
        return copy
    }
}
