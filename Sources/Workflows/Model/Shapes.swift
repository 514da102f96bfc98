import Bytes
import GraphIR
import Tensors

/// Shapes on the command line: `1x96x96x96`.
package enum Shapes {
    /// More elements than any machine holds; sizes made of fewer (channels, bytes) can be reckoned without overflow.
    private static let mostElements = 1 << 40

    /// - Throws: `.usage` for what is no shape, and for one of more than 2⁴⁰ elements.
    package static func parse(_ text: String) throws(OsteonError) -> [Int] {
        var shape: [Int] = []
        if text == "[]" || text == "()" { return shape }
        for part in text.split(separator: "x", omittingEmptySubsequences: false) {
            guard let extent = Int(part), extent >= 0 else {
                throw OsteonError(.usage, "\"\(text)\" is no shape; write the extents with x between them, as 1x1x96x96x96.")
            }
            shape.append(extent)
        }
        // An extent of 0 doesn't make the others small.
        guard shape.reduce(1.0, { $0 * Double(max($1, 1)) }) <= Double(mostElements) else {
            throw OsteonError(.usage, "A shape of \(text) has more elements than any machine holds.")
        }
        return shape
    }

    /// The shapes by input name: a bare shape is the only (or every) input's, `NAME=1x96` that input's.
    package static func byInput(_ arguments: [String], of graph: Graph) throws(OsteonError) -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for argument in arguments {
            if let equals = argument.lastIndex(of: "=") {
                result[String(argument[..<equals])] = try parse(String(argument[argument.index(after: equals)...]))
                continue
            }
            let shape = try parse(argument)
            for input in graph.inputs where graph.type(input).rank == shape.count || graph.type(input).rank == nil {
                result[graph[input].name] = shape
            }
            if result.isEmpty {
                let known = graph.inputs.map { "\(graph[$0].name): \(graph.type($0))" }.joined(separator: ", ")
                throw OsteonError(.usage, "\(Parameter.shape) \(argument) fits no input (\(known)).")
            }
        }
        return result
    }
}
