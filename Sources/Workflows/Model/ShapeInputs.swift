import Bytes
import GraphIR
import Operators
import Tensors

/// Values for inputs that operators take as shapes, sizes, counts or axes: random ones fit nothing.
///
/// What the consumer of such an input makes of its data decides: sizes that leave the data as it is, equal parts, single repeats.
struct ShapeInputs {
    /// Inputs that say more are no shapes.
    private static let mostElements = 64

    private let graph: Graph
    private let readers: [ValueID: [NodeID]]

    /// - Parameter graph: with all its inputs' extents bound.
    init(_ graph: Graph) {
        self.graph = graph
        readers = graph.consumers()
    }

    /// Values by input name, for the inputs that are such.
    func values() -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for input in graph.inputs where graph.type(input).elementType.isInteger {
            guard let shape = graph.type(input).fixedShape, let count = try? Checked.product(shape), (1...Self.mostElements).contains(count)
            else { continue }
            if let values = values(of: input, count), values.count == count { result[graph[input].name] = values }
        }
        return result
    }

    /// What the first reader that restricts an input makes of it, looking through operators that only pass its elements on.
    private func values(of input: ValueID, _ count: Int) -> [Int]? {
        var queue = [input]
        var next = 0
        while next < queue.count, next < 256 {
            let value = queue[next]
            next += 1
            for id in readers[value] ?? [] {
                let node = graph[id]
                for (index, argument) in node.inputs.enumerated() where argument == value {
                    if let values = example(index, of: node, count) { return values }
                    if index == 0, Self.passesOn(node.op) { queue += node.outputs }
                }
            }
        }
        return nil
    }

    private static func passesOn(_ op: any Operator) -> Bool {
        op.traits.contains(.view) || op.traits.isSuperset(of: [.elementwise, .movesBits])
    }

    private func example(_ index: Int, of node: Node, _ count: Int) -> [Int]? {
        let data = node.inputs.first.flatMap { $0 }.flatMap { graph.type($0).fixedShape }
        return node.op.exampleArgument(index, count: count, data: data)
    }
}
