import Bytes
import Glibc
import GraphIR
import Operators
import Tensors

/// Evens out the channels of values that 8 bits are to stand for: a layer's weights multiply each of its output channels, and
/// the weights of all its readers divide again, so that the network stays the same and no channel is lost beside a larger one.
///
/// The idea is that of Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019, between
/// weights, and of Xiao et al., "SmoothQuant", 2023, from values to weights; here scales run through skip connections, pools
/// and concatenations too (`ChannelGroups`), which is where a U-Net's channels differ most. Only what pays is scaled: by the
/// noise expected at the readers, rounding of values and of weights together.
package struct ChannelEqualization {
    /// What a reader must gain, in decibels, and what none may lose.
    static let leastGain = 2.0, mostLoss = 0.5
    /// How far the ranges of layers are evened out, and those of channels within a layer:
    /// `scale = (largest / layer's)^a · (layer's / channel's)^b`.
    static let layerExponents = [1, 0.75, 0.5], channelExponents = [1, 0.75, 0.5, 0.25, 0]
    /// A channel's range counts as no smaller than this share of the largest.
    static let leastShare = 1e-4

    private let graph: Graph
    private let groups: ChannelGroups

    package init(_ graph: Graph) throws(OsteonError) {
        self.graph = graph
        groups = try ChannelGroups(graph)
    }

    /// The values whose statistics `scales` wants.
    package var watchedValues: Set<String> {
        Set(
            groups.readers.filter { $0.groups.contains { !groups.isFixed($0) } }.compactMap {
                graph[$0.node].inputs[0].map { graph[$0].name }
            })
    }

    /// What a channel's range is taken for.
    package enum Range: Sendable, CaseIterable {
        /// Its largest magnitude.
        case largest
        /// No more than eight times its root mean square: what lies beyond is clipped anyway.
        case common
    }

    /// What to multiply each output channel of a layer with, by the layer's name, in quarters of an octave; empty where nothing pays.
    /// - Parameter table: what calibration saw of `watchedValues`.
    package func scales(_ table: CalibrationTable, _ range: Range = .largest) throws(OsteonError) -> [String: [Int]] {
        var readers: [Reader] = []
        for place in groups.readers {
            guard let value = graph[place.node].inputs[0], let seen = table[graph[value].name],
                seen.channelMagnitudes.count == place.groups.count,
                let reader = try Reader(graph, place, seen, range)
            else { continue }
            readers.append(reader)
        }
        var ranges: [Int: Double] = [:]
        for reader in readers { for (group, range) in zip(reader.groups, reader.ranges) { ranges[group] = max(ranges[group] ?? 0, range) } }
        // The largest range of any channel of the layer a group comes from.
        var layerRanges: [Int: Double] = [:]
        for source in groups.sources {
            let range = source.groups.compactMap { ranges[$0] }.max() ?? 0
            for group in source.groups { layerRanges[group] = max(layerRanges[group] ?? 0, range) }
        }
        var factors: [Int: Double] = [:]
        for component in components(readers) {
            let members = Set(component.flatMap(\.groups))
            guard members.contains(where: { !groups.isFixed($0) }), let largest = members.compactMap({ ranges[$0] }).max(), largest > 0
            else { continue }
            var best: (gain: Double, factors: [Int: Double])?
            let least = largest * Self.leastShare
            for (a, b) in Self.layerExponents.flatMap({ a in Self.channelExponents.map { (a, $0) } }) {
                var candidate: [Int: Double] = [:]
                for group in members where !groups.isFixed(group) {
                    let layer = max(layerRanges[group] ?? 0, least)
                    let channel = max(ranges[group] ?? 0, least)
                    candidate[group] = Self.factor(Self.quarters(pow(largest / layer, a) * pow(layer / channel, b)))
                }
                let gains = component.map { $0.gain(candidate) }
                guard let most = gains.max(), let worst = gains.min(), most >= Self.leastGain, worst >= -Self.mostLoss else { continue }
                let mean = gains.reduce(0, +) / Double(gains.count)
                if mean > best?.gain ?? 0 { best = (mean, candidate) }
            }
            if let best { factors.merge(best.factors) { $1 } }
        }
        var result: [String: [Int]] = [:]
        for source in groups.sources where source.groups.contains(where: { factors[$0] ?? 1 != 1 }) {
            result[graph[source.node].name] = source.groups.map { Self.quarters(factors[$0] ?? 1) }
        }
        return result
    }

    private static func quarters(_ factor: Double) -> Int { Int((4 * log2(factor)).rounded()) }
    private static func factor(_ quarters: Int) -> Double { exp2(Double(quarters) / 4) }

    /// Readers that share channels, each with all that hang together with it.
    private func components(_ readers: [Reader]) -> [[Reader]] {
        var parents = Array(readers.indices)
        var owner: [Int: Int] = [:]
        func root(_ i: Int) -> Int {
            var i = i
            while parents[i] != i { i = parents[i] }
            return i
        }
        for (index, reader) in readers.enumerated() {
            for group in reader.groups where !groups.isFixed(group) {
                if let other = owner[group] {
                    let (a, b) = (root(other), root(index))
                    parents[max(a, b)] = min(a, b)
                } else {
                    owner[group] = index
                }
            }
        }
        return Dictionary(grouping: readers.indices, by: root).sorted { $0.key < $1.key }.map { $0.value.map { readers[$0] } }
    }

    /// The same network with its channels scaled; values that are scaled get `:equalized` behind their names.
    /// - Parameter scales: as from `scales`, or from a plan.
    /// - Throws: `.usage` where the scales aren't of this network.
    package func apply(_ scales: [String: [Int]]) throws(OsteonError) -> Graph {
        var byGroup: [Int: Double] = [:]
        var left = scales
        for source in groups.sources {
            let name = graph[source.node].name
            let given = left.removeValue(forKey: name)
            guard given.map({ $0.count == source.groups.count && $0.allSatisfy { -400...400 ~= $0 } }) ?? true else {
                throw OsteonError(
                    .usage, "The plan's channel scales of layer \(name) aren't \(source.groups.count) numbers from -400 to 400.")
            }
            for (channel, group) in source.groups.enumerated() {
                let factor = Self.factor(given?[channel] ?? 0)
                guard byGroup[group] ?? factor == factor, !groups.isFixed(group) || factor == 1 else {
                    throw OsteonError(
                        .usage,
                        """
                        The plan scales channel \(channel) of layer \(name) by \(factor), which the layers that it's added to or \
                        read by don't allow.
                        """
                    )
                }
                byGroup[group] = factor
            }
        }
        if let unknown = left.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }).first {
            throw OsteonError(.usage, "The plan scales channels of \(unknown), which is no layer of the model that can be scaled.")
        }
        var result = graph
        for source in groups.sources { try scale(&result, source, byGroup, isReader: false) }
        for reader in groups.readers { try scale(&result, reader, byGroup, isReader: true) }
        for (value, channels) in groups.byValue.sorted(by: { $0.key < $1.key }) where channels.contains(where: { byGroup[$0] ?? 1 != 1 }) {
            try result.rename(value, to: result.uniqueValueName(result[value].name + ":equalized"))
        }
        result.removeDeadCode()
        return result
    }

    private func scale(_ result: inout Graph, _ place: ChannelGroups.Place, _ factors: [Int: Double], isReader: Bool) throws(OsteonError) {
        let scales = place.groups.map { Float(isReader ? 1 / (factors[$0] ?? 1) : factors[$0] ?? 1) }
        guard scales.contains(where: { $0 != 1 }) else { return }
        let node = result[place.node]
        guard let parameters = node.op.channelParameters(result.context(node)) else { return }
        if isReader {
            for parameter in parameters.divided { try scale(&result, place.node, parameter, scales) }
            for parameter in parameters.multiplied { try scale(&result, place.node, parameter, scales.map { 1 / $0 }) }
        } else {
            for parameter in [parameters.factor, .init(parameters.shift)] { try scale(&result, place.node, parameter, scales) }
        }
    }

    /// Multiplies a parameter of a node by a factor a channel; the node gets a constant of its own.
    private func scale(
        _ result: inout Graph, _ node: NodeID, _ parameter: ChannelParameters.Parameter, _ factors: [Float]
    ) throws(OsteonError) {
        var inputs = result[node].inputs
        let index = parameter.input
        guard index < inputs.count, let old = inputs[index], let constant = result.constant(old) else { return }
        let name = result[old].name
        inputs[index] = result.addConstant(name, try parameter.scaled(constant, by: factors.map { Double($0) }))
        result.setInputs(node, inputs)
        if let new = inputs[index], result.consumers()[old] == nil, !result.outputs.contains(old) {
            result.removeConstant(old)
            try result.rename(new, to: name)
        }
    }
}

/// A layer that reads scaled channels, and what rounding them costs it.
private struct Reader {
    var groups: [Int]
    /// Of each input channel: the largest magnitude, the mean square.
    var ranges: [Double], squares: [Double]
    /// `Σ w²` by input channel, and the largest `|w|` by output channel and input channel.
    private var energies: [Double], largest: [[Double]]
    private var taps: Double

    /// nil for a normalisation, which reads in float.
    init?(_ graph: Graph, _ place: ChannelGroups.Place, _ seen: ValueStatistics, _ range: ChannelEqualization.Range) throws(OsteonError) {
        let node = graph[place.node]
        let context = graph.context(node)
        guard let layer = node.op.layer(context), layer.family.isProduct, let taken = node.op.channelParameters(context)?.divided.first,
            taken.input == layer.weightInput, let weight = graph.constant(node.inputs[taken.input])
        else { return nil }
        groups = place.groups
        let squares = seen.channelSquares.map { $0 / Double(max(seen.channelCount, 1)) }
        self.squares = squares
        ranges = range == .largest ? seen.channelMagnitudes : zip(seen.channelMagnitudes, squares).map { min($0, 8 * $1.squareRoot()) }
        let inputAxis = taken.axis
        let inputs = weight.shape[inputAxis]
        let outputs = weight.shape[1 - inputAxis]
        let taps = weight.shape.dropFirst(2).reduce(1, &*)
        guard inputs == groups.count, squares.count == inputs else { return nil }
        var energies = [Double](repeating: 0, count: inputs)
        var largest = Array(repeating: energies, count: outputs)
        let elements = weight.elements(Float.self)
        for first in 0..<weight.shape[0] {
            for second in 0..<weight.shape[1] {
                let (input, output) = inputAxis == 1 ? (second, first) : (first, second)
                for tap in 0..<taps {
                    let value = Double(elements[(first * weight.shape[1] + second) * taps + tap])
                    energies[input] += value * value
                    largest[output][input] = max(largest[output][input], abs(value))
                }
            }
        }
        self.energies = energies
        self.largest = largest
        self.taps = Double(taps)
    }

    /// How many decibels less noise there is at the layer's output with these channels scaled.
    func gain(_ factors: [Int: Double]) -> Double {
        let scales = groups.map { factors[$0] ?? 1 }
        let before = noise(groups.map { _ in 1 })
        let after = noise(scales)
        return before > 0 && after > 0 ? 10 * log10(before / after) : 0
    }

    /// Of rounding values to 255 steps of one size, and weights to 127 on either side by output channel: `step² / 12` each.
    private func noise(_ scales: [Double]) -> Double {
        var range = 0.0
        var values = 0.0
        var power = 0.0
        for (channel, scale) in scales.enumerated() {
            range = max(range, scale * ranges[channel])
            values += energies[channel] / (scale * scale)
            power += scale * scale * squares[channel]
        }
        values *= (range / 255) * (range / 255)
        var weights = 0.0
        for row in largest {
            var most = 0.0
            for (channel, scale) in scales.enumerated() { most = max(most, row[channel] / scale) }
            weights += (most / 127) * (most / 127)
        }
        return values + weights * power * taps
    }
}
