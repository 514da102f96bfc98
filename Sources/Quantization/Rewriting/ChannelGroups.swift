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
        for id in try graph.topologicalOrder() { try add(id, graph[id], graph, consumers) }
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

    private mutating func add(_ id: NodeID, _ node: Node, _ graph: Graph, _ consumers: [ValueID: [NodeID]]) throws(OsteonError) {
        let context = graph.context(node)
        if let parameters = node.op.channelParameters(context), parameters.axis == 1 {
            addLayer(id, node, parameters, graph, consumers)
        } else if let groups = try passedOn(node, context) {
            for output in node.outputs where graph.type(output).elementType == .f32 { byValue[output] = groups }
        } else {
            for input in node.inputs { fix(input) }
            for output in node.outputs { byValue[output] = fresh(graph.type(output), isFixed: true) }
        }
    }

    /// A node whose parameters may take a scale of its input back, and give one to its output.
    private mutating func addLayer(
        _ id: NodeID, _ node: Node, _ parameters: ChannelParameters, _ graph: Graph, _ consumers: [ValueID: [NodeID]]
    ) {
        /// Whether an input is a constant for so many channels: a list, or weights that nobody else reads.
        func isScalable(_ parameter: ChannelParameters.Parameter, _ channels: Int) -> Bool {
            guard parameter.input < node.inputs.count, let value = node.inputs[parameter.input] else { return false }
            guard let tensor = graph.constant(value), tensor.elementType == .f32, parameter.serves(channels, tensor) else { return false }
            return tensor.count == channels || consumers[value]?.count == 1
        }
        let input = node.inputs.first.flatMap { $0 }
        let taken = parameters.divided + parameters.multiplied
        if let given = input.flatMap({ byValue[$0] }), !taken.isEmpty, taken.allSatisfy({ isScalable($0, given.count) }) {
            readers.append(Place(node: id, groups: given))
        } else {
            fix(input)
        }
        for other in node.inputs.dropFirst() { fix(other) }
        let type = graph.type(node.outputs[0])
        let channels = type.shape.flatMap { $0.count > 1 ? $0[1].fixed : nil } ?? -1
        let hasShift = parameters.shift < node.inputs.count && node.inputs[parameters.shift] != nil
        let isSource =
            node.outputs.count == 1 && isScalable(parameters.factor, channels)
            && (!hasShift || isScalable(.init(parameters.shift), channels))
        byValue[node.outputs[0]] = fresh(type, isFixed: !isSource)
        if isSource, let made = byValue[node.outputs[0]] { sources.append(Place(node: id, groups: made)) }
        for output in node.outputs.dropFirst() { byValue[output] = fresh(graph.type(output), isFixed: true) }
    }

    /// The groups of the outputs of a node that treats each channel by itself, or puts those of several values one behind the
    /// other, and gives `k · y` for `k · x` wherever `k > 0`; nil for any other.
    private mutating func passedOn(_ node: Node, _ context: InferenceContext) throws(OsteonError) -> [Int]? {
        guard let scaled = node.op.homogeneousInputs(context), let mapping = try node.op.axesMapping(context) else { return nil }
        guard mapping.outputs.count > 1, mapping.outputs[1].axis == 1, let types = try? node.op.inferTypes(context) else { return nil }
        let isJoined = mapping.outputs[1] == .joined(1)
        guard isJoined || mapping.outputs[1] == .kept(1) else { return nil }
        var parts: [[Int]] = []
        for index in scaled where context.has(index) {
            // Nothing stays nothing, whatever it's multiplied by.
            if let constant = context.constant(index), try constant.doubles().allSatisfy({ $0 == 0 }) { continue }
            guard let part = node.inputs[index].flatMap({ byValue[$0] }), context.inputs[index]?.rank == mapping.rank else { return nil }
            parts.append(part)
        }
        guard let first = parts.first, let channels = types[0].extent(1) else { return nil }
        let groups = isJoined ? parts.flatMap { $0 } : first
        guard groups.count == channels, isJoined || parts.allSatisfy({ $0.count == channels }) else { return nil }
        for other in parts.dropFirst() where !isJoined { join(first, other) }
        for (index, input) in node.inputs.enumerated() where !scaled.contains(index) { fix(input) }
        return groups
    }
}
