import Bytes
import Glibc
import GraphIR
import Tensors

/// Makes the plan that reduces a whole network to one precision, leaving out the layers that don't bear it.
struct PrecisionPlanner {
    let graph: Graph
    let layers: [QuantizableLayer]
    let byName: [String: QuantizableLayer]
    let options: ReductionOptions

    init(_ graph: Graph, _ options: ReductionOptions) throws(OsteonError) {
        self.graph = graph
        self.options = options
        layers = try QuantizableLayer.all(in: graph)
        byName = Dictionary(uniqueKeysWithValues: layers.map { ($0.name, $0) })
    }

    /// Layers that the options let be reduced.
    var candidates: [QuantizableLayer] {
        layers.filter { $0.obstacle == nil && ($0.family.isProduct || options.families.contains($0.family)) }
    }

    /// The values whose histograms a plan in `int8` needs.
    var quantizedValues: Set<String> {
        var result: Set<String> = []
        for layer in candidates {
            for index in layer.dataInputs {
                if index < graph[layer.node].inputs.count, let input = graph[layer.node].inputs[index] { result.insert(graph[input].name) }
            }
        }
        return result
    }

    /// The values that would be in 16 bits.
    var floatValues: Set<String> {
        Set(graph.valueIDs.filter { graph.constant($0) == nil && graph.type($0).elementType == .f32 }.map { graph[$0].name })
    }

    /// - Parameter table: nil where weights alone are reduced.
    func plan(_ table: CalibrationTable?) throws(OsteonError) -> PrecisionPlan {
        var plan = PrecisionPlan()
        plan.halvesNormalizations = options.halvesNormalizations
        if let table { plan.overflowing = overflowing(table) }
        let ends = ends()
        for layer in layers where layer.family.isProduct || options.families.contains(layer.family) {
            plan.layers.append(
                decide(layer, first: ends.first.contains(layer.node), last: ends.last.contains(layer.node), Set(plan.overflowing)))
        }
        if let table { try setRanges(&plan, table) }
        return plan
    }

    /// Chooses the 8-bit ranges of what the plan's `int8` layers read.
    func setRanges(_ plan: inout PrecisionPlan, _ table: CalibrationTable) throws(OsteonError) {
        let byName = Dictionary(uniqueKeysWithValues: plan.layers.map { ($0.name, $0.precision) })
        for layer in layers where byName[layer.name] == .int8 {
            for name in dataNames(layer) where plan.values[name] == nil {
                guard let statistics = table[name] else {
                    throw OsteonError(.internalFault, "Value \(name) was not watched in calibration.")
                }
                plan.values[name] = RangeSearch(statistics: statistics, symmetric: options.symmetricValues).quantization(options.method)
            }
        }
    }

    func dataNames(_ layer: QuantizableLayer) -> [String] {
        let inputs = graph[layer.node].inputs
        return layer.dataInputs.compactMap { $0 < inputs.count ? inputs[$0].map { graph[$0].name } : nil }
    }

    /// What a layer reads and makes.
    private func valueNames(_ layer: QuantizableLayer) -> [String] {
        dataNames(layer) + (graph[layer.node].outputs + [layer.result]).map { graph[$0].name }
    }

    /// Whether a layer reads or makes one of these values.
    func touches(_ values: Set<String>, _ layer: QuantizableLayer) -> Bool { valueNames(layer).contains(where: values.contains) }

    private func decide(_ layer: QuantizableLayer, first: Bool, last: Bool, _ overflowing: Set<String>) -> PrecisionPlan.Layer {
        var wanted = options.precision
        var reason = "as asked for"
        if first, let precision = options.firstLayers { (wanted, reason) = (precision, "the policy for first layers") }
        if last, let precision = options.lastLayers { (wanted, reason) = (precision, "the policy for last layers") }
        if options.kept.contains(layer.name) { (wanted, reason) = (.f32, "kept by name") }
        if let obstacle = layer.obstacle, wanted != .f32 { (wanted, reason) = (.f32, obstacle) }
        if wanted == .int8, !options.families.contains(layer.family) {
            (wanted, reason) = (.f32, "\(layer.family.rawValue) isn't among the families to reduce")
        }
        if wanted == .f16, let value = valueNames(layer).first(where: overflowing.contains) {
            // Its values stay in float; its weights need not.
            (wanted, reason) = (layer.weightInput == nil ? .f32 : .f16Weights, "value \(value) leaves the range of f16")
        }
        if wanted.isWeightsOnly, layer.weightInput == nil { (wanted, reason) = (.f32, "it has no weights") }
        if wanted == .f16 || wanted == .f16Weights, let largest = largestWeight(layer), largest > 65504 {
            (wanted, reason) = (.f32, "a weight of \(largest) leaves the range of f16")
        }
        var result = PrecisionPlan.Layer(name: layer.name, family: layer.family.rawValue, precision: wanted, reason: reason)
        result.multiplyAccumulates = layer.multiplyAccumulates
        result.floatBytes = layer.weightCount * 4
        result.bytes = bytes(layer, wanted)
        return result
    }

    /// Bytes of a layer's weights and scales in a precision.
    func bytes(_ layer: QuantizableLayer, _ precision: LayerPrecision) -> Int {
        let size = layer.weightCount * precision.weightType.byteCount
        guard precision.weightType == .i8, let index = layer.weightInput, let weight = graph.constant(graph[layer.node].inputs[index])
        else { return size }
        return size + 4 * weight.shape[layer.weightAxis]
    }

    private func largestWeight(_ layer: QuantizableLayer) -> Double? {
        guard let index = layer.weightInput, let weight = graph.constant(graph[layer.node].inputs[index]), weight.elementType == .f32 else {
            return nil
        }
        let elements = weight.elements(Float.self)
        return elements.indices.reduce(0) { max($0, Double(abs(elements[$1]))) }
    }

    private func overflowing(_ table: CalibrationTable) -> [String] {
        table.values.filter { $0.value.largestMagnitude > ReductionOptions.largestHalf }.map(\.key).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    /// The products no other product comes before, and those none comes after.
    func ends() -> (first: Set<NodeID>, last: Set<NodeID>) {
        let products = Set(layers.filter { $0.family.isProduct }.map(\.node))
        var first = products
        var last = products
        // Whether a product lies on some way from an input to the value.
        var behind: [ValueID: Set<NodeID>] = [:]
        guard let order = try? graph.topologicalOrder() else { return ([], []) }
        for id in order {
            var nearest: Set<NodeID> = []
            for case let input? in graph[id].inputs { nearest.formUnion(behind[input] ?? []) }
            if products.contains(id) {
                if !nearest.isEmpty { first.remove(id) }
                last.subtract(nearest)
                nearest = [id]
            }
            for output in graph[id].outputs { behind[output] = nearest }
        }
        return (first, last)
    }
}
