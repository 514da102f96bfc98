import Bytes
import GraphIR
import Operators
import Tensors

/// A node whose precision can be chosen: which inputs are data, which are weights, and along which axes channels lie.
package struct QuantizableLayer: Sendable {
    package enum Family: String, Sendable, CaseIterable {
        case convolution
        case transposedConvolution = "transposed-convolution"
        case product
        case addition, pooling, activation

        /// Whether the layer multiplies by weights (or another operand), so that most of a network's work is in it.
        package var isProduct: Bool { self == .convolution || self == .transposedConvolution || self == .product }
    }

    package var node: NodeID
    package var name: String
    package var family: Family
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

    /// Whether the node's output channels lie along axis 1 (else along the last).
    package var channelsLast: Bool { family == .product }
}

extension QuantizableLayer {
    /// The layers of a graph, in the order they're computed.
    ///
    /// Multiply-accumulates are counted where shapes are fixed; bind a graph before.
    package static func all(in graph: Graph) throws(OsteonError) -> [QuantizableLayer] {
        try graph.topologicalOrder().compactMap { QuantizableLayer($0, graph) }
    }

    private init?(_ id: NodeID, _ graph: Graph) {
        let node = graph[id]
        func isConstant(_ index: Int) -> Bool { index < node.inputs.count && graph.constant(node.inputs[index]) != nil }
        func has(_ index: Int) -> Bool { index < node.inputs.count && node.inputs[index] != nil }
        guard let output = node.outputs.first, graph.type(output).elementType == .f32 else { return nil }
        self.node = id
        name = node.name
        dataInputs = [0]
        switch node.op {
        case is Convolution:
            family = .convolution
            weightInput = 1
            biasInput = 2
        case let op as TransposedConvolution:
            family = .transposedConvolution
            weightInput = 1
            biasInput = 2
            weightAxis = 1
            groups = op.groups
        case is MatMul:
            family = .product
            if isConstant(1) {
                weightInput = 1
                weightAxis = max(0, (graph.type(node.inputs[1]!).rank ?? 1) - 1)
            } else {
                dataInputs = [0, 1]
            }
        case let op as Gemm:
            family = .product
            weightInput = 1
            weightAxis = op.transposeB ? 0 : 1
            // Another addend than one number an output channel stays an addition of floats.
            if op.alpha == 1, op.beta == 1, !op.transposeA { biasInput = 2 } else { obstacle = "alpha, beta or a transposed input" }
        case is Add:
            family = .addition
            dataInputs = [0, 1]
            guard node.inputs.allSatisfy({ graph.constant($0) == nil }) else { return nil }
        case is AveragePool, is GlobalAveragePool:
            family = .pooling
        case is Sigmoid, is Tanh, is Swish, is HardSwish, is HardSigmoid, is Gelu, is Mish, is Elu, is Softplus, is PRelu, is LeakyRelu:
            family = .activation
        default: return nil
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
