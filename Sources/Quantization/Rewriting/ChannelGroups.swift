import Bytes
import GraphIR
import Operators
import Tensors

/// Which channels of a network's values can only be scaled together: the channels that one passes on to another unchanged, or
/// adds to another, are a group.
///
/// A scale begins where a layer's weights can take it (`sources`), runs through what commutes with it (ReLU and its kin, pools,
/// resampling, concatenation, zero padding, addition) and must end where all readers' weights can take it back (`readers`); a
/// group that meets anything else is fixed.
struct ChannelGroups {
    /// A node whose parameters multiply (or divide) each channel of one of its values.
    struct Place {
        var node: NodeID
        /// By channel.
        var groups: [Int]
    }

    /// The group of each channel (axis 1), by value.
    private(set) var byValue: [ValueID: [Int]] = [:]
    /// Layers whose outputs can be scaled by their weights.
    private(set) var sources: [Place] = []
    /// Layers whose weights can undo a scale of their input.
    private(set) var readers: [Place] = []
    private var parents: [Int] = []
    private var fixed: [Bool] = []

    init(_ graph: Graph) throws(OsteonError) {
        let consumers = graph.consumers()
        for input in graph.inputs { byValue[input] = fresh(graph.type(input), isFixed: true) }
        for id in try graph.topologicalOrder() { add(id, graph[id], graph, consumers) }
        for output in graph.outputs { fix(output) }
        byValue = byValue.mapValues { groups in groups.map { root($0) } }
        for index in sources.indices { sources[index].groups = sources[index].groups.map { root($0) } }
        for index in readers.indices { readers[index].groups = readers[index].groups.map { root($0) } }
    }

    func isFixed(_ group: Int) -> Bool { fixed[root(group)] }

    private func root(_ group: Int) -> Int {
        var group = group
        while parents[group] != group { group = parents[group] }
        return group
    }

    private mutating func fresh(_ type: TensorType, isFixed: Bool) -> [Int]? {
        guard type.elementType == .f32, let shape = type.shape, shape.count >= 3, let channels = shape[1].fixed else { return nil }
        return (0..<channels).map { _ in
            parents.append(parents.count)
            fixed.append(isFixed)
            return parents.count - 1
        }
    }

    private mutating func join(_ a: [Int], _ b: [Int]) {
        for (x, y) in zip(a, b) {
            let (x, y) = (root(x), root(y))
            guard x != y else { continue }
            parents[max(x, y)] = min(x, y)
            fixed[min(x, y)] = fixed[x] || fixed[y]
        }
    }

    private mutating func fix(_ value: ValueID?) {
        for group in value.flatMap({ byValue[$0] }) ?? [] { fixed[root(group)] = true }
    }

    private mutating func add(_ id: NodeID, _ node: Node, _ graph: Graph, _ consumers: [ValueID: [NodeID]]) {
        let output = node.outputs[0]
        let type = graph.type(output)
        let input = node.inputs.first.flatMap { $0 }
        let given = input.flatMap { byValue[$0] }
        func isOwnConstant(_ index: Int) -> Bool {
            guard index < node.inputs.count, let value = node.inputs[index], let tensor = graph.constant(value) else { return false }
            return tensor.elementType == .f32 && consumers[value]?.count == 1
        }
        func isConstant(_ index: Int, count: Int) -> Bool {
            guard index < node.inputs.count, let tensor = graph.constant(node.inputs[index]) else { return false }
            return tensor.elementType == .f32 && tensor.count == count
        }
        func channels() -> Int? { type.shape.flatMap { $0.count >= 2 ? $0[1].fixed : nil } }

        switch node.op {
        case is Convolution, is TransposedConvolution:
            let convolution = node.op as? Convolution
            let transposed = node.op as? TransposedConvolution
            let isWhole = (convolution?.groups ?? transposed?.groups) == 1 && isOwnConstant(1)
            if isWhole, let given { readers.append(Place(node: id, groups: given)) } else { fix(input) }
            let hasBias = node.inputs.count > 2 && node.inputs[2] != nil
            let isScalable = isWhole && FusedActivation(of: node.op).isHomogeneous && (!hasBias || isConstant(2, count: channels() ?? -1))
            byValue[output] = fresh(type, isFixed: !isScalable)
            if isScalable, let made = byValue[output] { sources.append(Place(node: id, groups: made)) }
        case is BatchNormalization:
            let isOwn = (1...4).allSatisfy { isConstant($0, count: channels() ?? -1) }
            if isOwn, let given { readers.append(Place(node: id, groups: given)) } else { fix(input) }
            byValue[output] = fresh(type, isFixed: !isOwn)
            if isOwn, let made = byValue[output] { sources.append(Place(node: id, groups: made)) }
        case is InstanceNormalization, is GroupNormalization:
            fix(input)
            let isOwn = (1...2).allSatisfy { isConstant($0, count: channels() ?? -1) }
            byValue[output] = fresh(type, isFixed: !isOwn)
            if isOwn, let made = byValue[output] { sources.append(Place(node: id, groups: made)) }
        case let concat as Concat where concat.axis == 1 && node.inputs.allSatisfy({ $0.flatMap { byValue[$0] } != nil }):
            byValue[output] = node.inputs.flatMap { $0.flatMap { byValue[$0] } ?? [] }
        case is Add:
            let operands = node.inputs.compactMap { $0.flatMap { byValue[$0] } }
            guard operands.count == 2, operands[0].count == operands[1].count, operands[0].count == channels() else { fallthrough }
            join(operands[0], operands[1])
            byValue[output] = operands[0]
        default:
            if let given, given.count == channels(), isChannelwise(node, graph) {
                byValue[output] = given
            } else {
                for input in node.inputs { fix(input) }
                for value in node.outputs { byValue[value] = fresh(graph.type(value), isFixed: true) }
            }
        }
    }

    /// Whether a node treats each channel by itself and gives `k · y` for `k · x` wherever `k > 0`.
    private func isChannelwise(_ node: Node, _ graph: Graph) -> Bool {
        switch node.op {
        case is Relu, is LeakyRelu, is Identity, is AveragePool, is GlobalAveragePool, is GlobalMaxPool, is SemilinearUpsample: true
        case is MaxPool: node.outputs.count == 1
        case is PRelu: node.inputs.count == 2 && graph.constant(node.inputs[1]) != nil
        case let resize as Resize: resize.coordinateTransformation != .tfCropAndResize
        case let pad as Pad:
            pad.mode != .constant || node.inputs.count < 3 || node.inputs[2] == nil
                || (try? graph.constant(node.inputs[2])?.doubles())?.allSatisfy { $0 == 0 } == true
        default: false
        }
    }
}

extension FusedActivation {
    /// Whether it gives `k · f(x)` for `k · x` wherever `k > 0`.
    fileprivate var isHomogeneous: Bool { kind == .none || kind == .relu || kind == .leakyRelu }
}
