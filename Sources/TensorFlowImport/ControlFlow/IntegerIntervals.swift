import Bytes
import GraphIR
import Operators
import Tensors

/// Between which two numbers all elements of a value of integers or truths lie, whatever the graph's inputs are.
///
/// What isn't known lies anywhere in its type's range; what only moves elements keeps their interval, and what's monotonic has its
/// extremes at those of its inputs.
struct IntegerIntervals {
    private let graph: Graph
    /// A constant that counts as another number.
    private let moved: (value: ValueID, number: Int)?
    private var known: [ValueID: ClosedRange<Int>] = [:]
    /// The constants met, in the order they were.
    private(set) var constants: [ValueID] = []
    private static let deepest = 32, mostValues = 200, mostElements = 64

    init(_ graph: Graph, moving value: ValueID? = nil, to number: Int = 0) {
        self.graph = graph
        moved = value.map { ($0, number) }
    }

    /// The numbers a type holds, as far as they're of `Int`; nil for floats.
    static func range(_ type: ElementType) -> ClosedRange<Int>? {
        guard !type.isFloat else { return nil }
        if type == .bool { return 0...1 }
        let bits = 8 * type.byteCount
        if type.isSigned { return bits == 64 ? Int.min...Int.max : -(1 << (bits - 1))...(1 << (bits - 1)) - 1 }
        return 0...(bits == 64 ? Int.max : 1 << bits - 1)
    }

    /// The interval of a value; nil for one of floats.
    mutating func of(_ value: ValueID, depth: Int = 0) -> ClosedRange<Int>? {
        if let known = known[value] { return known }
        guard let range = Self.range(graph.type(value).elementType) else { return nil }
        guard depth < Self.deepest, known.count < Self.mostValues else { return range }
        known[value] = range
        let found = computed(value, depth) ?? range
        known[value] = found
        return found
    }

    private mutating func computed(_ value: ValueID, _ depth: Int) -> ClosedRange<Int>? {
        if let tensor = graph.constant(value) {
            constants.append(value)
            if let moved, moved.value == value { return moved.number...moved.number }
            guard 1...Self.mostElements ~= tensor.count, let numbers = try? tensor.integers() else { return nil }
            return Self.hull(numbers)
        }
        guard let producer = graph.producer(value), graph[producer].outputs.count == 1 else { return nil }
        let node = graph[producer]
        if let selection = node.op.selection(graph.context(node)), selection.fill == .none {
            var ends: [Int] = []
            for index in selection.inputs where index < node.inputs.count {
                guard let input = node.inputs[index], let interval = of(input, depth: depth + 1) else { return nil }
                ends += [interval.lowerBound, interval.upperBound]
            }
            return Self.hull(ends)
        }
        guard node.op.traits.isSuperset(of: [.elementwise, .monotonic]), node.inputs.count <= 3 else { return nil }
        return monotonic(node, depth)
    }

    /// What the operator gives at all corners of its inputs' intervals.
    private mutating func monotonic(_ node: Node, _ depth: Int) -> ClosedRange<Int>? {
        var corners: [[Tensor]] = [[]]
        for input in node.inputs {
            guard let input, let interval = of(input, depth: depth + 1) else { return nil }
            let type = graph.type(input).elementType
            let ends = [interval.lowerBound, interval.upperBound].compactMap { try? Tensor(scalar: Int64($0)).converted(to: type) }
            corners = corners.flatMap { corner in ends.map { corner + [$0] } }
        }
        let numbers = corners.compactMap { (try? node.op.evaluate($0).first?.integers())?.first }
        return numbers.count == corners.count ? Self.hull(numbers) : nil
    }

    private static func hull(_ numbers: [Int]) -> ClosedRange<Int>? {
        guard let low = numbers.min(), let high = numbers.max() else { return nil }
        return low...high
    }
}
