import Bytes
import Foundation
import SwiftProtobuf
import WireFormats

/// Unrolls `While` loops whose condition is known before the graph runs, an iteration a round.
///
/// A loop first gets its condition on its initial values as nodes beside it, remembered by name in an attribute. Once
/// that's known, a true one puts the body's results in the place of the values and asks again; a false one ends it.
enum LoopUnroller {
    /// The attribute of a loop being unrolled: the name of its condition.
    private static let conditionName = "_osteon_condition"
    private static let iteration = "_osteon_iteration"
    static let mostIterations = 4096

    /// The tensor that says whether a loop goes on; nil for one not yet begun.
    static func condition(of node: GraphNode, in table: NodeTable) -> TensorReference? {
        guard let name = try? node.attributes.string(conditionName, default: ""), !name.isEmpty else { return nil }
        return table.place(of: name).map { TensorReference(node: $0, output: 0) }
    }

    /// What a loop becomes in one round.
    /// - Parameter goesOn: the value of its condition; nil for a loop not yet begun.
    static func nodes(for loop: Tensorflow_NodeDef, goesOn: Bool?) throws(OsteonError) -> [Tensorflow_NodeDef] {
        let attributes = NodeAttributes(loop.attr)
        let count = try attributes.int(iteration, default: 0)
        switch goesOn {
        case nil: return try begun(loop, count, attributes)
        case true?:
            guard count < mostIterations else {
                throw OsteonError(.limitExceeded, "The loop \(loop.name) runs for more than \(mostIterations) iterations.")
            }
            let body = try call(loop, try attributes.function("body"), "\(loop.name)/iteration_\(count)")
            var next = loop
            let values = loop.input.filter { !$0.hasPrefix("^") }
            next.input = values.indices.map { $0 == 0 ? body.name : "\(body.name):\($0)" } + loop.input.filter { $0.hasPrefix("^") }
            return try [body] + begun(next, count + 1, attributes)
        case false?:
            var identity = Tensorflow_NodeDef()
            identity.name = loop.name
            identity.op = "IdentityN"
            identity.input = loop.input
            return [identity]
        }
    }

    /// The loop with its condition on its present values beside it.
    private static func begun(
        _ loop: Tensorflow_NodeDef, _ count: Int, _ attributes: NodeAttributes
    ) throws(OsteonError) -> [Tensorflow_NodeDef] {
        var result = loop
        let condition = try call(loop, try attributes.function("cond"), "\(loop.name)/condition_\(count)")
        result.attr[conditionName] = .with { $0.s = Data(condition.name.utf8) }
        result.attr[iteration] = .with { $0.i = Int64(count) }
        return [condition, result]
    }

    private static func call(_ loop: Tensorflow_NodeDef, _ function: String?, _ name: String) throws(OsteonError) -> Tensorflow_NodeDef {
        guard let function else { throw OsteonError(.malformed, "The loop \(loop.name) lacks its condition or body.") }
        var node = Tensorflow_NodeDef()
        node.name = name
        node.op = "PartitionedCall"
        node.input = loop.input
        node.attr["f"] = .with { $0.func = .with { $0.name = function } }
        return node
    }
}
