import Bytes
import GraphIR
import Operators
import Tensors

/// Evens out the ranges of the channels between two layers that only a ReLU (or nothing) stands between: what a channel's
/// weights before it are divided by, those after it are multiplied with, so that the network stays the same and int8 rounds
/// both less (Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019).
package struct ChannelEqualization {
    /// Sweeps over all pairs; ranges settle within a few.
    static let sweeps = 20

    private var graph: Graph
    /// How many channels were scaled.
    package private(set) var channelCount = 0

    package init(_ graph: Graph) { self.graph = graph }

    /// A layer and the only one that reads it.
    private struct Pair {
        var first: QuantizableLayer
        var second: QuantizableLayer
    }

    /// The equalised network.
    package mutating func run() throws(OsteonError) -> Graph {
        let pairs = try pairs()
        guard !pairs.isEmpty else { return graph }
        var weights: [NodeID: Tensor] = [:], biases: [NodeID: Tensor] = [:]
        for pair in pairs {
            for layer in [pair.first, pair.second] where weights[layer.node] == nil { weights[layer.node] = try input(layer.weightInput, layer)?.copied() }
            biases[pair.first.node] = try input(pair.first.biasInput, pair.first)?.copied()
        }
        for _ in 0 ..< Self.sweeps {
            var changed = false
            for pair in pairs {
                guard let before = weights[pair.first.node], let after = weights[pair.second.node] else { continue }
                changed = equalize(before, biases[pair.first.node], after, pair) || changed
            }
            if !changed { break }
        }
        channelCount = pairs.reduce(0) { $0 + (weights[$1.second.node]?.shape[1] ?? 0) }
        for (node, tensor) in weights.sorted(by: { $0.key < $1.key }) { try replace(1, of: node, with: tensor) }
        for (node, tensor) in biases.sorted(by: { $0.key < $1.key }) { try replace(2, of: node, with: tensor) }
        graph.removeDeadCode()
        return graph
    }

    private func input(_ index: Int?, _ layer: QuantizableLayer) -> Tensor? {
        let inputs = graph[layer.node].inputs
        guard let index, index < inputs.count else { return nil }
        return graph.constant(inputs[index])
    }

    private func pairs() throws(OsteonError) -> [Pair] {
        let consumers = graph.consumers()
        var byNode: [NodeID: QuantizableLayer] = [:]
        for layer in try QuantizableLayer.all(in: graph) where layer.obstacle == nil && layer.weightInput != nil { byNode[layer.node] = layer }
        var result: [Pair] = []
        for (node, first) in byNode.sorted(by: { $0.key < $1.key }) where first.family == .convolution || first.family == .transposedConvolution {
            guard first.groups == 1, [.none, .relu, .leakyRelu].contains(FusedActivation(of: graph[node].op).kind) else { continue }
            let bias = graph[node].inputs.count > 2 ? graph[node].inputs[2] : nil
            guard bias == nil || graph.constant(bias) != nil else { continue }
            var value = graph[node].outputs[0]
            while true {
                guard !graph.outputs.contains(value), let readers = consumers[value], readers.count == 1 else { break }
                let reader = graph[readers[0]]
                if reader.op is Relu || reader.op is LeakyRelu {
                    value = reader.outputs[0]
                    continue
                }
                guard let second = byNode[readers[0]], second.family == .convolution, (reader.op as? Convolution)?.groups == 1, reader.inputs[0] == value
                else { break }
                result.append(Pair(first: first, second: second))
                break
            }
        }
        return result
    }

    /// Scales the channels between two layers. Returns whether any changed by more than a hundredth.
    private func equalize(_ before: Tensor, _ bias: Tensor?, _ after: Tensor, _ pair: Pair) -> Bool {
        let channels = after.shape[1]
        guard before.shape[pair.first.weightAxis] == channels else { return false }
        var changed = false
        let first = ChannelSlices(before, axis: pair.first.weightAxis), second = ChannelSlices(after, axis: 1)
        for channel in 0 ..< channels {
            let a = first.largest(channel), b = second.largest(channel)
            guard a > 0, b > 0, a.isFinite, b.isFinite else { continue }
            let factor = min(max((a / b).squareRoot(), 1e-4), 1e4)
            changed = changed || abs(factor - 1) > 0.01
            first.scale(channel, by: 1 / factor)
            second.scale(channel, by: factor)
            if let bias {
                withExtendedLifetime(bias) { bias.unsafeMutableElements(Float.self)[channel] /= factor }
            }
        }
        return changed
    }

    private mutating func replace(_ index: Int, of node: NodeID, with tensor: Tensor) throws(OsteonError) {
        var inputs = graph[node].inputs
        guard index < inputs.count, let old = inputs[index] else { return }
        let name = graph[old].name
        inputs[index] = graph.addConstant(name, tensor)
        graph.setInputs(node, inputs)
        if let new = inputs[index], graph.consumers()[old] == nil, !graph.outputs.contains(old) {
            graph.removeConstant(old)
            try graph.rename(new, to: name)
        }
    }
}

/// The elements of a tensor by index of one axis.
private struct ChannelSlices {
    private let tensor: Tensor
    private let outer: Int, extent: Int, inner: Int

    init(_ tensor: Tensor, axis: Int) {
        self.tensor = tensor
        outer = tensor.shape[..<axis].reduce(1, *)
        extent = tensor.shape[axis]
        inner = tensor.shape[(axis + 1)...].reduce(1, *)
    }

    func largest(_ channel: Int) -> Float {
        withExtendedLifetime(tensor) {
            let elements = tensor.unsafeElements(Float.self)
            var result: Float = 0
            for o in 0 ..< outer {
                for i in 0 ..< inner { result = max(result, abs(elements[(o * extent + channel) * inner + i])) }
            }
            return result
        }
    }

    func scale(_ channel: Int, by factor: Float) {
        withExtendedLifetime(tensor) {
            let elements = tensor.unsafeMutableElements(Float.self)
            for o in 0 ..< outer {
                for i in 0 ..< inner { elements[(o * extent + channel) * inner + i] *= factor }
            }
        }
    }
}
