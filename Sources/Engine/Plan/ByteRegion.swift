import Bytes
import GraphIR
import Operators
import Tensors

/// A node together with the dequantizations before it and the activation and quantization behind it, which a plan may
/// compute as one step that reads or writes bytes.
struct ByteRegion {
    enum Kind {
        /// Bytes times `i8` weights, summed in whole numbers.
        case integer(QuantizedFacts)
        /// Bytes that are only moved or ordered.
        case movement(ElementType)
        /// Floats, some of them read as bytes.
        case floats
    }

    /// An input read as bytes.
    private struct Read {
        var dequantizer: NodeID
        var source: ValueID
        var scale: ByteScale
    }

    /// What regions are looked for in.
    struct Surroundings {
        let graph: Graph
        let consumers: [ValueID: [NodeID]]
        let unpacked: UnpackedConstants
        /// Whether somebody outside the graph sees a value, so that no step may swallow it.
        let isSeen: (ValueID) -> Bool
    }

    let kind: Kind
    /// The inputs read as bytes: how those stand for floats, and which values they are.
    private(set) var scales: [Int: ByteScale] = [:]
    private(set) var sources: [Int: ValueID] = [:]
    /// What dequantizes them, as often as it's read.
    private(set) var dequantizers: [NodeID] = []
    /// The bytes that fill places no element is moved to, in the place of an input of one number.
    private(set) var fill: (input: Int, value: Tensor)?
    /// What's computed along with the node, in order.
    private(set) var followers: [NodeID] = []
    /// What the followers compute before the quantization.
    private(set) var activation = FusedActivation.none
    /// How the result is quantized.
    private(set) var output: ByteScale?
    /// The value that comes out in the end.
    private(set) var result: ValueID

    private init(_ kind: Kind, _ node: Node) {
        self.kind = kind
        result = node.outputs[0]
    }

    private mutating func take(_ index: Int, _ read: Read) {
        scales[index] = read.scale
        sources[index] = read.source
        dequantizers.append(read.dequantizer)
    }

    // MARK: Convolutions and products

    /// `DequantizeLinear →` a layer that multiplies by weights, which are a dequantized `i8` constant.
    static func integer(_ id: NodeID, _ place: Surroundings) -> ByteRegion? {
        let graph = place.graph
        let node = graph[id]
        guard node.outputs.count == 1, node.inputs.count > 1, let x = node.inputs[0], let w = node.inputs[1] else { return nil }
        guard let layer = node.op.layer(graph.context(node)), layer.family.isProduct, layer.weightInput == 1 else { return nil }
        guard let input = bytes(behind: x, place), let (weights, scales) = weights(w, channelAxis: layer.weightAxis, graph) else {
            return nil
        }
        let facts = QuantizedFacts(input: input.scale, weights: weights, weightScales: scales)
        var region = ByteRegion(.integer(facts), node)
        region.take(0, input)
        return region
    }

    /// What a value is dequantized from while the graph runs, with one scale.
    private static func bytes(behind value: ValueID, _ place: Surroundings) -> Read? {
        let graph = place.graph
        guard !place.unpacked.contains(value), let producer = dequantizer(value, graph), let source = graph[producer].inputs[0],
            let scale = ByteScale(graph[producer], bytes: graph.type(source).elementType, graph)
        else { return nil }
        return Read(dequantizer: producer, source: source, scale: scale)
    }

    private static func dequantizer(_ value: ValueID, _ graph: Graph) -> NodeID? {
        guard let producer = graph.producer(value), let op = graph[producer].op as? DequantizeLinear, op.blockSize == 0 else { return nil }
        return graph.type(value).elementType == .f32 ? producer : nil
    }

    /// The bytes and scales of constant weights: zero points 0, one scale or one an output channel.
    private static func weights(_ value: ValueID, channelAxis: Int, _ graph: Graph) -> (Tensor, [Float])? {
        guard let producer = dequantizer(value, graph), let op = graph[producer].op as? DequantizeLinear else { return nil }
        let node = graph[producer]
        guard let bytes = graph.constant(node.inputs[0]), bytes.elementType == .i8 else { return nil }
        guard let scale = graph.constant(node.inputs[1]), scale.elementType == .f32 else { return nil }
        if node.inputs.count > 2, node.inputs[2] != nil {
            guard let zeros = try? graph.constant(node.inputs[2])?.integers(), zeros.allSatisfy({ $0 == 0 }) else { return nil }
        }
        guard let scales = try? scale.array(Float.self), scales.allSatisfy({ $0.isFinite }) else { return nil }
        if scales.count == 1, scale.rank <= 1 { return (bytes, scales) }
        let axis = op.axis < 0 ? op.axis + bytes.rank : op.axis
        guard axis == channelAxis, bytes.shape.indices.contains(axis), scales.count == bytes.shape[axis] else { return nil }
        return (bytes, scales)
    }

    // MARK: Other nodes

    /// `DequantizeLinear → movement → QuantizeLinear` with one scale throughout: rounding gives the bytes back, so they may
    /// be moved as they are.
    static func movement(_ id: NodeID, _ place: Surroundings) throws(OsteonError) -> ByteRegion? {
        let node = place.graph[id]
        let context = place.graph.context(node)
        guard node.outputs.count == 1, let selection = node.op.selection(context) else { return nil }
        guard let (reads, type) = dequantizedInputs(node, selection, place) else { return nil }
        var region = ByteRegion(.movement(type), node)
        for (index, read) in reads { region.take(index, read) }
        region.takeQuantization(place)
        guard let output = region.output, region.scales.values.allSatisfy({ $0 == output }) else { return nil }
        switch selection.fill {
        case .none, .lowest: break
        // What an operator fills with by itself is a byte's 0, which stands for 0 in one case only.
        case .number(let number): guard number == 0, output.zero == 0 else { return nil }
        case .input(let index):
            guard !context.has(index) || context.constant(index) != nil else { return nil }
            let number = try context.constant(index)?.doubles().first ?? 0
            region.fill = (index, try output.byte(Float(number)))
        }
        return region
    }

    /// The bytes behind all inputs whose elements are moved; nil where one of them isn't dequantized.
    private static func dequantizedInputs(
        _ node: Node, _ selection: ElementSelection, _ place: Surroundings
    ) -> (reads: [Int: Read], type: ElementType)? {
        var reads: [Int: Read] = [:]
        var type: ElementType?
        for index in selection.inputs {
            guard index < node.inputs.count, let input = node.inputs[index], let read = bytes(behind: input, place) else { return nil }
            guard type == nil || type == read.scale.type else { return nil }
            type = read.scale.type
            reads[index] = read
        }
        return type.map { (reads, $0) }
    }

    /// A node of floats some of which are dequantized; for a kernel that reads bytes.
    static func floats(_ id: NodeID, _ place: Surroundings) -> ByteRegion? {
        let node = place.graph[id]
        guard node.outputs.count == 1, !node.op.traits.contains(.quantizes) else { return nil }
        var region = ByteRegion(.floats, node)
        for (index, input) in node.inputs.enumerated() {
            guard let input, let read = bytes(behind: input, place) else { continue }
            region.take(index, read)
        }
        return region.sources.isEmpty ? nil : region
    }

    /// A node as it is, for a kernel that writes bytes.
    static func plain(_ node: Node) -> ByteRegion { ByteRegion(.floats, node) }

    // MARK: What follows

    /// Takes in an activation that alone reads the result.
    mutating func takeActivation(_ place: Surroundings) throws(OsteonError) {
        let graph = place.graph
        guard activation == .none, !place.isSeen(result), let next = try graph.activation(behind: result, place.consumers) else { return }
        activation = next.function
        follow(next.node, graph)
    }

    /// Takes in a cast to f32 that alone reads the result, whole numbers.
    mutating func takeCast(_ place: Surroundings) {
        let graph = place.graph
        guard graph.type(result).elementType == .i32, let reader = onlyReader(place), graph[reader].op is Cast else { return }
        guard graph.type(graph[reader].outputs[0]).elementType == .f32 else { return }
        follow(reader, graph)
    }

    /// Takes in a quantization with one scale that alone reads the result.
    mutating func takeQuantization(_ place: Surroundings) {
        let graph = place.graph
        guard graph.type(result).elementType == .f32, let reader = onlyReader(place) else { return }
        let node = graph[reader]
        guard let op = node.op as? QuantizeLinear, op.blockSize == 0, node.inputs[0] == result else { return }
        guard let scale = ByteScale(node, bytes: graph.type(node.outputs[0]).elementType, graph) else { return }
        output = scale
        follow(reader, graph)
    }

    private func onlyReader(_ place: Surroundings) -> NodeID? {
        guard !place.isSeen(result), let readers = place.consumers[result], readers.count == 1 else { return nil }
        return readers[0]
    }

    private mutating func follow(_ reader: NodeID, _ graph: Graph) {
        followers.append(reader)
        result = graph[reader].outputs[0]
    }
}
