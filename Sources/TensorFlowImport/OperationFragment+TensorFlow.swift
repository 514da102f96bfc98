import Bytes
import GraphIR
import ImportSupport
import SwiftProtobuf
import WireFormats

/// Single TensorFlow nodes that models of Keras hold: a NodeDef as JSON, or its bytes as text.
package enum TensorFlowOperation {
    /// The node as a graph of its own, by the rules for whole graphs.
    /// - Throws: `.malformed` where it isn't a node, `.unsupported` where there's no rule for its operation or form.
    package static func fragment(_ json: JSONValue, _ inputs: [FragmentInput]) throws(OsteonError) -> Graph {
        let node = try node(json)
        return try locating("TensorFlow's \(node.op)") { () throws(OsteonError) in
            guard let rule = ImportRules.rule(for: node.op) else { throw OsteonError(.unsupported, "the TensorFlow operation \(node.op)") }
            let builder = GraphBuilder(name: node.name)
            var values: [ValueID] = []
            for (index, input) in inputs.enumerated() {
                switch input {
                case .value(let type): values.append(builder.graph.addInput("input_\(index)", type))
                case .constant(let tensor): values.append(builder.graph.addConstant("constant_\(index)", tensor))
                }
            }
            builder.scope = "operation"
            let request = RuleNode(name: node.name, operation: node.op, inputs: values, attributes: NodeAttributes(node.attr))
            let outputs = try rule(request, builder)
            try builder.finish(outputs.enumerated().map { ($0.offset == 0 ? "operation" : "operation:\($0.offset)", $0.element) })
            return builder.graph
        }
    }

    private static func node(_ json: JSONValue) throws(OsteonError) -> Tensorflow_NodeDef {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        options.messageDepthLimit = 64
        do {
            if case .string(let text) = json {
                // TensorFlow 2.0 and 2.1 wrote the message's bytes, later ones JSON, as text or as it is.
                if text.utf8.first == UInt8(ascii: "{") { return try Tensorflow_NodeDef(jsonString: text, options: options) }
                return try Tensorflow_NodeDef(serializedBytes: Array(text.utf8))
            }
            return try Tensorflow_NodeDef(jsonString: json.text(), options: options)
        } catch {
            throw OsteonError(.malformed, "Its node_def isn't a TensorFlow node: \(error).")
        }
    }
}
