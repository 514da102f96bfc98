import GraphIR
import Operators
import Tensors

/// How bytes stand for floats: `(byte − zero) · scale`.
public struct ByteScale: Sendable, Hashable {
    /// `u8` or `i8`.
    public var type: ElementType
    public var scale: Float
    public var zero: Int32

    /// What a `QuantizeLinear` or `DequantizeLinear` says, where it's one scale for all.
    init?(_ node: Node, bytes: ElementType, _ graph: Graph) {
        guard bytes == .u8 || bytes == .i8, node.inputs.count > 1, let scale = graph.constant(node.inputs[1]) else { return nil }
        guard scale.elementType == .f32, scale.count == 1, scale.rank <= 1, let value = try? scale.array(Float.self)[0] else { return nil }
        guard value.isFinite, value > 0 else { return nil }
        type = bytes
        self.scale = value
        zero = 0
        guard node.inputs.count > 2, let input = node.inputs[2] else { return }
        guard let given = try? graph.constant(input)?.integers(), given.count == 1 else { return nil }
        zero = Int32(clamping: given[0])
    }
}

/// The bytes behind the floats of a node: what an integer kernel computes with.
public struct QuantizedFacts: Sendable {
    public var input: ByteScale
    /// Of type `i8` with zero point 0.
    public var weights: Tensor
    /// One for all, or one an output channel.
    public var weightScales: [Float]
    /// How the result is stored, where it's quantized at once.
    public var output: ByteScale?
}

/// `DequantizeLinear → Convolution(weights = DequantizeLinear(constant)) [→ activation] [→ QuantizeLinear]`, which an
/// integer kernel may compute as one.
struct IntegerPattern {
    /// What dequantizes the input.
    let dequantizer: NodeID
    /// The bytes it reads.
    let source: ValueID
    private(set) var facts: QuantizedFacts
    /// What's computed along with the node, in order.
    private(set) var followers: [NodeID] = []
    /// What the followers compute between the node and its quantization.
    private(set) var activation = FusedActivation.none
    /// The value that comes out in the end.
    private(set) var result: ValueID

    /// nil where the node and its surroundings don't have this form.
    init?(_ id: NodeID, _ graph: Graph) {
        let node = graph[id]
        guard node.outputs.count == 1, node.inputs.count > 1, let x = node.inputs[0], let w = node.inputs[1] else { return nil }
        let channelAxis: Int
        var fused = FusedActivation.none
        if let op = node.op as? Convolution {
            (channelAxis, fused) = (0, op.activation)
        } else if let op = node.op as? TransposedConvolution {
            (channelAxis, fused) = (op.groups == 1 ? 1 : -1, op.activation)
        } else {
            return nil
        }
        guard let dequantizer = Self.dequantizer(x, graph), let bytes = graph[dequantizer].inputs[0], graph.constant(bytes) == nil,
            let input = ByteScale(graph[dequantizer], bytes: graph.type(bytes).elementType, graph)
        else { return nil }
        guard let (weights, scales) = Self.weights(w, channelAxis: channelAxis, graph) else { return nil }
        self.dequantizer = dequantizer
        source = bytes
        facts = QuantizedFacts(input: input, weights: weights, weightScales: scales)
        activation = fused
        result = node.outputs[0]
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

    /// Takes in the activation and the quantization that alone read the result.
    /// - Parameter isSeen: whether somebody outside the graph sees a value.
    mutating func extend(_ graph: Graph, _ consumers: [ValueID: [NodeID]], isSeen: (ValueID) -> Bool) {
        if activation == .none, let reader = onlyReader(consumers, isSeen), graph[reader].inputs.count == 1,
            let following = FusedActivation(graph[reader].op)
        {
            activation = following
            follow(reader, graph)
        }
        guard let reader = onlyReader(consumers, isSeen), let op = graph[reader].op as? QuantizeLinear, op.blockSize == 0 else { return }
        let node = graph[reader]
        guard node.inputs[0] == result, let scale = ByteScale(node, bytes: graph.type(node.outputs[0]).elementType, graph) else { return }
        facts.output = scale
        follow(reader, graph)
    }

    private func onlyReader(_ consumers: [ValueID: [NodeID]], _ isSeen: (ValueID) -> Bool) -> NodeID? {
        guard !isSeen(result), let readers = consumers[result], readers.count == 1 else { return nil }
        return readers[0]
    }

    private mutating func follow(_ reader: NodeID, _ graph: Graph) {
        followers.append(reader)
        result = graph[reader].outputs[0]
    }
}
