import Bytes
import GraphIR
import Tensors

/// What one node is and costs, as `osteon inspect` lists it.
package struct LayerReport: Sendable {
    package var name: String
    package var operatorID: String
    /// Attributes that differ from their defaults.
    package var attributes: [(name: String, value: AttributeValue)]
    package var inputs: [String]
    package var outputs: [String]
    /// The type of the first output.
    package var outputType: TensorType
    /// Elements of constants this node is the first to read.
    package var parameters: Int
    package var parameterBytes: Int
    /// Multiply-accumulates; nil while shapes aren't fixed, and where they're more than can be counted.
    package var multiplyAccumulates: Int?
    /// Bytes of all outputs; nil while shapes aren't fixed, and where they're more than can be counted.
    package var activationBytes: Int?
    /// Input voxels an output voxel depends on, an axis each; nil where it's the whole input or not spatial.
    package var receptiveField: [Int]?
}

/// A graph's layers and totals.
package struct GraphReport: Sendable {
    package var inputs: [(name: String, type: TensorType)]
    package var outputs: [(name: String, type: TensorType)]
    package var layers: [LayerReport]
    /// Distinct constants of the graph, in elements and bytes.
    package var parameters: Int
    package var parameterBytes: Int
    package var multiplyAccumulates: Int?
    /// The largest sum of activations alive at one time; nil while shapes aren't fixed.
    package var peakActivationBytes: Int?

    /// Walks `graph` in topological order. Bind its free dimensions first (`Graph.specialize`) for costs.
    package init(_ graph: Graph) throws(OsteonError) {
        inputs = graph.inputs.map { (graph[$0].name, graph.type($0)) }
        outputs = graph.outputs.map { (graph[$0].name, graph.type($0)) }
        layers = []
        let order = try graph.topologicalOrder()
        let fields = ReceptiveFields(graph, order: order)
        var counted: Set<ValueID> = []
        var total = (elements: 0, bytes: 0)
        for id in order {
            let node = graph[id]
            var own = (elements: 0, bytes: 0)
            for case .some(let input) in node.inputs where counted.insert(input).inserted {
                guard let tensor = graph.constant(input) else { continue }
                own.elements += tensor.count
                own.bytes += tensor.byteCount
            }
            total.elements += own.elements
            total.bytes += own.bytes
            let types = node.outputs.map(graph.type)
            let sizes = types.map(\.byteCount)
            let isFixed = !sizes.contains(nil)
            let inputTypes = node.inputs.map { $0.map(graph.type) }
            layers.append(
                LayerReport(
                    name: node.name, operatorID: type(of: node.op).id, attributes: node.op.changedAttributes,
                    inputs: node.inputs.map { $0.map { graph[$0].name } ?? "" },
                    outputs: node.outputs.map { graph[$0].name }, outputType: types[0],
                    parameters: own.elements, parameterBytes: own.bytes,
                    multiplyAccumulates: isFixed ? node.op.multiplyAccumulates(inputs: inputTypes, outputs: types) : nil,
                    activationBytes: isFixed ? (try? Checked.sum(sizes.compactMap { $0 })) : nil,
                    receptiveField: fields[node.outputs[0]]))
        }
        parameters = total.elements
        parameterBytes = total.bytes
        let isFixed = layers.allSatisfy { $0.activationBytes != nil }
        multiplyAccumulates = isFixed ? (try? Checked.sum(layers.compactMap(\.multiplyAccumulates))) : nil
        peakActivationBytes = isFixed ? (try? Self.peak(graph, order)) : nil
    }

    /// The most bytes alive at once when nodes run in `order` and values are dropped after their last use; what works element by
    /// element is computed in place of an input that ends with it.
    private static func peak(_ graph: Graph, _ order: [NodeID]) throws(OsteonError) -> Int {
        var lastUse: [ValueID: Int] = [:]
        for (step, id) in order.enumerated() {
            for case .some(let input) in graph[id].inputs { lastUse[input] = step }
        }
        for output in graph.outputs { lastUse[output] = order.count }
        var alive = try Checked.sum(graph.inputs.map { graph.type($0).byteCount ?? 0 })
        var peak = alive
        for (step, id) in order.enumerated() {
            let node = graph[id]
            for output in node.outputs { alive = try Checked.add(alive, graph.type(output).byteCount ?? 0) }
            let isInPlace =
                node.op.traits.contains(.elementwise) && node.outputs.count == 1
                && node.inputs.contains {
                    guard let input = $0, graph.producer(input) != nil, lastUse[input] == step else { return false }
                    return graph.type(input) == graph.type(node.outputs[0])
                }
            peak = max(peak, isInPlace ? alive - (graph.type(node.outputs[0]).byteCount ?? 0) : alive)
            for value in Set(node.inputs.compactMap { $0 } + node.outputs)
            where (lastUse[value] ?? step) == step && graph.constant(value) == nil {
                alive -= graph.type(value).byteCount ?? 0
            }
        }
        return peak
    }
}
