import Bytes
import WireFormats

/// The functions a model brings along, and which operators it needs beyond those there are rules for.
struct FunctionLibrary {
    /// How deep functions may call functions.
    static let deepestCalls = 32

    private var functions: [String: Onnx_FunctionProto] = [:]

    init(_ list: [Onnx_FunctionProto]) throws(OsteonError) {
        for function in list {
            let key = Self.key(function.domain, function.name, function.overload)
            guard functions.updateValue(function, forKey: key) == nil else {
                throw OsteonError(.malformed, "The function \(function.domain).\(function.name) is defined twice.")
            }
        }
    }

    static func key(_ domain: String, _ name: String, _ overload: String) -> String {
        "\(domain == "ai.onnx" ? "" : domain)\u{0}\(name)\u{0}\(overload)"
    }

    /// The function a node calls, where it calls one.
    func function(for node: Onnx_NodeProto) -> Onnx_FunctionProto? {
        functions.isEmpty ? nil : functions[Self.key(node.domain, node.opType, node.overload)]
    }

    /// The attributes of a call, those not given at their defaults.
    func arguments(
        of function: Onnx_FunctionProto, given: [String: Onnx_AttributeProto]
    ) throws(OsteonError) -> [String: Onnx_AttributeProto] {
        var result = given
        for attribute in function.attributeProto where result[attribute.name] == nil { result[attribute.name] = attribute }
        return result
    }

    /// Checks that there's a rule or a function for every node, also in the functions called.
    /// - Throws: one `.unsupported` that lists all operators without one.
    func requireSupport(of nodes: [Onnx_NodeProto], in scope: Scope) throws(OsteonError) {
        var missing: [String: [String]] = [:]
        var seen: Set<String> = []
        var domains: Set<String> = []
        collect(nodes, scope.opsets, &missing, &domains, &seen, depth: 0)
        guard !missing.isEmpty else { return }
        var lines: [String] = []
        for (kind, places) in missing.sorted(by: { $0.key < $1.key }) {
            let more = places.count > 3 ? ", …" : ""
            lines.append("  \(kind): \(places.count) × (\(places.prefix(3).joined(separator: ", "))\(more))")
        }
        throw OsteonError(
            .unsupported,
            "\(missing.count == 1 ? "An operator of the model isn't" : "\(missing.count) operators of the model aren't") supported:\n"
                + lines.joined(separator: "\n") + "\n" + Self.advice(domains))
    }

    /// What to do about operators of `domains` that there are no rules for.
    private static func advice(_ domains: Set<String>) -> String {
        if domains.contains(where: { $0.hasPrefix("com.microsoft") || $0.hasPrefix("com.ms.") }) {
            return
                """
                Nodes of com.microsoft are ONNX Runtime's own: it writes them into a model that it optimised or quantised as \
                operators (QOperator). Take the model from before that, or quantise it as QDQ (QuantFormat.QDQ).
                """
        }
        if domains.contains(where: { $0.hasPrefix("org.pytorch.aten") || $0.hasPrefix("aten") }) {
            return "Nodes of PyTorch's own stand for what its export couldn't express; export the model with a newer operator set."
        }
        return "If they come before or after what you need, cut the graph with \(Parameter.input) and \(Parameter.output)."
    }

    private func collect(
        _ nodes: [Onnx_NodeProto], _ opsets: [String: Int], _ missing: inout [String: [String]], _ domains: inout Set<String>,
        _ seen: inout Set<String>, depth: Int
    ) {
        guard depth < Self.deepestCalls else { return }  // refused when it's called
        for node in nodes {
            if let function = function(for: node) {
                guard seen.insert(Self.key(node.domain, node.opType, node.overload)).inserted else { continue }
                let inner = function.opsetImport.isEmpty ? opsets : (try? Scope.opsets(function.opsetImport)) ?? opsets
                collect(function.node, inner, &missing, &domains, &seen, depth: depth + 1)
            } else if RuleTable.rule(for: node) == nil {
                let domain = node.domain.isEmpty || node.domain == "ai.onnx" ? "" : node.domain
                let version = opsets[domain].map { " \($0)" } ?? ""
                let kind = "\(node.opType) of \(domain.isEmpty ? "ai.onnx" : domain)\(version)"
                domains.insert(domain)
                missing[kind, default: []].append(node.name.isEmpty ? node.output.first ?? "" : node.name)
            }
        }
    }
}
