import Bytes
import GraphIR
import Operators
import Tensors

/// A node whose precision can be chosen: which inputs are data, which are weights, and along which axes channels lie.
package struct QuantizableLayer: Sendable {
    package typealias Family = LayerTraits.Family
    /// What families are called by their users.
    package static let familyNames = Family.allCases.map(\.rawValue)
    package static func family(named name: String) -> Family? { Family(rawValue: name) }

    package var node: NodeID
    package var name: String
    package var family: Family
    /// The activation that counts as part of the layer.
    package var activation: Activation?
    /// What the layer gives: the result of its activation, where it has one, else of its node.
    package var result: ValueID
    /// The inputs that are computed.
    package var dataInputs: [Int]
    /// The input that holds constant weights; nil where there are none.
    package var weightInput: Int?
    package var biasInput: Int?
    /// The axis of the weights that counts output channels.
    package var weightAxis = 0
    /// Output channels that one place of `weightAxis` serves (transposed convolutions in groups).
    package var groups = 1
    package var multiplyAccumulates = 0
    package var weightCount = 0
    /// Why the layer can't be reduced at all; nil where it can.
    package var obstacle: String?

    /// A node that computes a function of each element of the layer's own result, and that nothing else reads.
    package struct Activation: Sendable {
        package var node: NodeID
        package var function: FusedActivation
    }

    /// Whether the node's output channels lie along axis 1 (else along the last).
    package var channelsLast: Bool { family == .product }
}

extension QuantizableLayer {
    /// The layers of a graph, in the order they're computed.
    ///
    /// Multiply-accumulates are counted where shapes are fixed; bind a graph before.
    package static func all(in graph: Graph) throws(OsteonError) -> [QuantizableLayer] {
        let consumers = graph.consumers()
        var included: Set<NodeID> = []
        var result: [QuantizableLayer] = []
        for id in try graph.topologicalOrder() where !included.contains(id) {
            guard let layer = try QuantizableLayer(id, graph, consumers) else { continue }
            if let activation = layer.activation { included.insert(activation.node) }
            result.append(layer)
        }
        return result
    }

    private init?(_ id: NodeID, _ graph: Graph, _ consumers: [ValueID: [NodeID]]) throws(OsteonError) {
        let node = graph[id]
        func isConstant(_ index: Int) -> Bool { index < node.inputs.count && graph.constant(node.inputs[index]) != nil }
        func has(_ index: Int) -> Bool { index < node.inputs.count && node.inputs[index] != nil }
        guard let output = node.outputs.first, graph.type(output).elementType == .f32 else { return nil }
        guard let traits = node.op.layer(graph.context(node)) else { return nil }
        self.node = id
        name = node.name
        family = traits.family
        result = output
        if traits.includesActivation, let next = try graph.activation(behind: output, consumers) {
            activation = Activation(node: next.node, function: next.function)
            result = graph[next.node].outputs[0]
        }
        dataInputs = traits.dataInputs
        weightInput = traits.weightInput
        weightAxis = traits.weightAxis
        groups = traits.groups
        biasInput = traits.biasInput
        obstacle = traits.obstacle
        if let index = weightInput, traits.takesComputedWeights, !isConstant(index) {
            weightInput = nil
            dataInputs.append(index)
        }
        if let index = weightInput {
            if !isConstant(index) {
                weightInput = nil
                obstacle = "its weights aren't constant"
            } else if let weight = graph.constant(node.inputs[index]) {
                weightCount = weight.count
                if weight.count == 0 { obstacle = "its weights are empty" }
                if weight.elementType != .f32 { obstacle = "its weights are \(weight.elementType.rawValue)" }
            }
        }
        if dataInputs.contains(where: isConstant) { obstacle = "its input is constant" }
        if let bias = biasInput {
            if !has(bias) {
                // A bias may still be added.
            } else if !isConstant(bias) || !isChannelwise(graph.constant(node.inputs[bias]), graph, node) {
                biasInput = nil
            }
        }
        multiplyAccumulates = node.op.multiplyAccumulates(
            inputs: node.inputs.map { $0.map(graph.type) }, outputs: node.outputs.map(graph.type))
    }

    /// Whether a bias has one number an output channel.
    private func isChannelwise(_ bias: Tensor?, _ graph: Graph, _ node: Node) -> Bool {
        guard let bias, let index = weightInput, let weight = graph.constant(node.inputs[index]) else { return false }
        return bias.elementType == .f32 && bias.count == weight.shape[weightAxis] * groups && bias.shape.last == bias.count
    }
}
