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
                    if let values = role(of: index, in: node, count) { return values }
                    if index == 0, Self.passesOn(node.op) { queue += node.outputs }
                }
            }
        }
        return nil
    }

    private static func passesOn(_ op: any Operator) -> Bool {
        op is Cast || op is Identity || op is Squeeze || op is Unsqueeze || op is Reshape || op is Flatten
    }

    /// The values for argument `index` of a node; nil where it's data.
    private func role(of index: Int, in node: Node, _ count: Int) -> [Int]? {
        let data = node.inputs.first.flatMap { $0 }.flatMap { graph.type($0).fixedShape }
        let ones = [Int](repeating: 1, count: count)
        let zeros = [Int](repeating: 0, count: count)
        /// The extents of the data, where there's one for each element.
        let extents = data?.count == count ? data : nil
        switch (node.op, index) {
        case (is Expand, 1): return extents ?? ones
        case (is Reshape, 1): return extents ?? [-1] + ones.dropFirst()
        case (is Tile, 1): return ones
        case (is ConstantOfShape, 0): return ones.map { $0 * 2 }
        case (is CenterCropPad, 1), (is Resize, 3): return extents ?? ones.map { $0 * 4 }
        case (is Pad, 1): return zeros
        case (let op as Split, 1): return parts(op.axis, of: data, count)
        case (is Slice, 1): return zeros
        case (is Slice, 2): return extents ?? ones.map { _ in Int(Int32.max) }
        case (is Slice, 3), (is ReduceSum, 1), (is ReduceMean, 1), (is ReduceMaximum, 1), (is ReduceMinimum, 1), (is Pad, 3):
            return data.map { $0.count >= count } == false ? nil : Array(0..<count)
        case (is Slice, 4), (is TopK, 1), (is NonMaxSuppression, 2): return ones
        case (is OneHot, 1): return ones.map { $0 * 8 }
        case (is NumericRange, 0): return zeros
        case (is NumericRange, 1): return ones.map { $0 * 4 }
        case (is NumericRange, 2): return ones
        case (is Unsqueeze, 1): return Array(0..<count)
        case (is Squeeze, 1):
            let single = data.map { shape in shape.indices.filter { shape[$0] == 1 } } ?? []
            return single.count >= count ? Array(single.prefix(count)) : nil
        case (is CumSum, 1), (is CumProd, 1), (is Trilu, 1): return zeros
        case (let op as ReverseSequence, 1):
            guard let data, data.indices.contains(op.timeAxis) else { return nil }
            return ones.map { $0 * data[op.timeAxis] }
        default: return nil
        }
    }

    /// `count` parts of the axis, as equal as may be, the first ones larger.
    private func parts(_ axis: Int, of data: [Int]?, _ count: Int) -> [Int]? {
        guard let data else { return nil }
        let axis = axis < 0 ? axis + data.count : axis
        guard data.indices.contains(axis) else { return nil }
        return (0..<count).map { data[axis] / count + ($0 < data[axis] % count ? 1 : 0) }
    }
}
