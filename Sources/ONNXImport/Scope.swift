import Bytes
import GraphIR
import WireFormats

/// The names that nodes of one graph, branch, loop pass or function call can see.
final class Scope {
    /// The graph around this one; nil for the main graph and for functions, which see only their arguments.
    let parent: Scope?
    /// Put before the names of values made here, so that inlined graphs don't clash.
    let prefix: String
    /// The version of each operator set in force, by domain.
    let opsets: [String: Int]
    /// What the attributes of the function around were given as.
    let functionAttributes: [String: Onnx_AttributeProto]
    var values: [String: ValueID] = [:]
    /// Constants not yet added to the graph.
    var initializers: [String: Onnx_TensorProto] = [:]

    /// A main graph or a function body.
    init(prefix: String, opsets: [String: Int], functionAttributes: [String: Onnx_AttributeProto] = [:]) {
        parent = nil
        self.prefix = prefix
        self.opsets = opsets
        self.functionAttributes = functionAttributes
    }

    /// A graph inside a graph, which sees the names around it.
    init(inside parent: Scope, prefix: String) {
        self.parent = parent
        self.prefix = parent.prefix + prefix
        opsets = parent.opsets
        functionAttributes = parent.functionAttributes
    }

    /// The version of the operator set `domain`; nil where the model doesn't import it.
    func version(of domain: String) -> Int? { opsets[domain == "ai.onnx" ? "" : domain] }

    /// The operator set versions by domain.
    /// - Throws: `.malformed` where a domain is given two versions.
    static func opsets(_ imports: [Onnx_OperatorSetIdProto]) throws(OsteonError) -> [String: Int] {
        var result: [String: Int] = [:]
        for entry in imports {
            let domain = entry.domain == "ai.onnx" ? "" : entry.domain
            let version = try Checked.int(entry.version)
            if let other = result[domain], other != version {
                throw OsteonError(.malformed, "The operator set \"\(domain)\" is imported as version \(other) and \(version).")
            }
            result[domain] = version
        }
        return result
    }
}
