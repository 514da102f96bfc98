import Bytes
import GraphIR
import Operators
import Tensors

/// Writes the reduced form of a float graph: the same network with weights and values in the precisions of a plan.
///
/// The result is a portable graph with explicit `Cast`, `QuantizeLinear` and `DequantizeLinear` nodes in ONNX's meaning. Every
/// node and every value the float graph names keeps its name where it's still there, so that the two can be compared
/// value by value; inputs and outputs keep their types.
struct GraphReducer {
    let source: Graph
    let plan: PrecisionPlan
    let weights: WeightQuantizer

    var result: Graph
    var forms: [ValueID: Forms] = [:]
    var constants: [ConstantKey: ValueID] = [:]
    private var counters: [String: Int] = [:]
    let layers: [NodeID: QuantizableLayer]
    let precisions: [NodeID: PrecisionPlan.Layer]
    /// Activations that count as part of a layer, which go on in the type of its result.
    let included: Set<NodeID>
    let consumers: [ValueID: [NodeID]]
    let overflowing: Set<String>

    /// What stands for one value of the float graph.
    struct Forms {
        /// The value as its node makes it.
        var native: ValueID
        var byType: [ElementType: ValueID] = [:]
        var quantized: [AffineQuantization: ValueID] = [:]
    }

    struct ConstantKey: Hashable {
        var source: ValueID
        var form: String
    }

    init(
        _ source: Graph, plan: PrecisionPlan, weights: WeightQuantizer
    ) throws(OsteonError) {
        self.source = source
        self.plan = plan
        self.weights = weights
        result = Graph(name: source.name)
        consumers = source.consumers()
        overflowing = Set(plan.overflowing)
        let all = try QuantizableLayer.all(in: source)
        layers = Dictionary(uniqueKeysWithValues: all.map { ($0.node, $0) })
        included = Set(all.compactMap { $0.activation?.node })
        var precisions: [NodeID: PrecisionPlan.Layer] = [:]
        var named: [String: PrecisionPlan.Layer] = [:]
        for layer in plan.layers { named[layer.name] = layer }
        for layer in all { precisions[layer.node] = named.removeValue(forKey: layer.name) }
        if let unknown = plan.layers.first(where: { named[$0.name] != nil }) {
            throw OsteonError(.usage, "The plan has a layer \(unknown.name), which the model doesn't have.")
        }
        self.precisions = precisions
    }

    /// The reduced graph.
    /// - Throws: `.usage` where the plan lacks the range of a value that's to be quantised.
    mutating func reduce() throws(OsteonError) -> Graph {
        for input in source.inputs {
            forms[input] = Forms(native: result.addInput(source[input].name, source.type(input)))
        }
        for id in try source.topologicalOrder() where !isQuantizedOnly(id) {
            let node = source[id]
            try locating("node \(node.name) (\(Swift.type(of: node.op).id))") { () throws(OsteonError) in try add(id, node) }
        }
        var outputs: [ValueID] = []
        for id in source.outputs { outputs.append(try output(id)) }
        result.setOutputs(outputs)
        result.removeDeadCode()
        return result
    }

    /// A short name for something the reduction adds: a long model has thousands, and the header holds each several times.
    mutating func fresh(_ prefix: String) -> String {
        counters[prefix, default: 0] += 1
        return "\(prefix)\(counters[prefix] ?? 0)"
    }

    // MARK: Nodes

    private mutating func add(_ id: NodeID, _ node: Node) throws(OsteonError) {
        guard let layer = layers[id], let planned = precisions[id], planned.precision != .f32 else {
            return try addFollower(id, node)
        }
        if let obstacle = layer.obstacle {
            throw OsteonError(.unsupported, "It can't be \(planned.precision.rawValue): \(obstacle).")
        }
        switch planned.precision {
        case .f32: try addFollower(id, node)
        case .f16, .bf16: try addHalf(node, planned.precision.weightType)
        case .f16Weights, .bf16Weights, .int8Weights: try addWeightsOnly(node, layer, planned.precision)
        case .int8: try addInteger(node, layer, planned)
        }
    }

    /// A node that isn't reduced itself: in 16 bits where all it reads is and it can be, else in f32.
    private mutating func addFollower(_ id: NodeID, _ node: Node) throws(OsteonError) {
        if plan.halvesNormalizations, let parameters = FoldedNormalization(node, source) { return try addNormalization(node, parameters) }
        if let type = inheritedType(id, node) { return try addHalf(node, type) }
        var inputs: [ValueID?] = []
        for case let input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            inputs.append(try form(input, source.type(input).elementType))
        }
        try append(node, inputs)
    }

    private mutating func addHalf(_ node: Node, _ type: ElementType) throws(OsteonError) {
        var inputs: [ValueID?] = []
        for (index, input) in node.inputs.enumerated() {
            guard let input else {
                inputs.append(nil)
                continue
            }
            let given = source.type(input).elementType
            inputs.append(try form(input, given == .f32 && !node.op.placementInputs.contains(index) ? type : given))
        }
        try append(node, inputs)
    }

    /// A batch normalisation as one scale and one shift a channel, both stored in 16 bits where that holds them.
    private mutating func addNormalization(_ node: Node, _ parameters: FoldedNormalization) throws(OsteonError) {
        guard let x = node.inputs[0] else { return }
        var inputs: [ValueID?] = [try form(x, .f32)]
        // Mean and variance are one row of ones, made when the model is loaded: the shift takes the mean back.
        let shifts = zip(parameters.shifts, parameters.scales).map { $0 + $1 }
        for (index, values) in [parameters.scales, shifts].enumerated() {
            let name = node.inputs[1 + index].map { source[$0].name } ?? node.name
            let tensor = try Tensor(values)
            if HalfSafety.holds(values) {
                let stored = result.addConstant(name, try tensor.converted(to: .f16))
                inputs.append(try result.add(Cast(elementType: .f32), [stored], name: fresh("n"))[0])
            } else {
                inputs.append(result.addConstant(name, tensor))
            }
        }
        let ones = try ones(parameters.scales.count)
        inputs += [ones, ones]
        try append(node, inputs, as: BatchNormalization(epsilon: 0))
    }

    private mutating func ones(_ count: Int) throws(OsteonError) -> ValueID {
        let key = ConstantKey(source: source.outputs[0], form: "ones \(count)")
        if let known = constants[key] { return known }
        let shape = try constant("shape \(count)", fresh("k"), Tensor([Int64(count)]))
        let made = try result.add(ConstantOfShape(elementType: .f32, value: 1), [shape], name: fresh("k"))[0]
        constants[key] = made
        return made
    }

    private mutating func addWeightsOnly(_ node: Node, _ layer: QuantizableLayer, _ precision: LayerPrecision) throws(OsteonError) {
        var inputs: [ValueID?] = []
        for (index, input) in node.inputs.enumerated() {
            guard let input else {
                inputs.append(nil)
                continue
            }
            if index == layer.weightInput {
                inputs.append(try precision == .int8Weights ? quantizedWeights(input, layer).value : widened(input, precision.weightType))
            } else {
                inputs.append(try form(input, source.type(input).elementType))
            }
        }
        try append(node, inputs)
    }

    private mutating func addInteger(_ node: Node, _ layer: QuantizableLayer, _ planned: PrecisionPlan.Layer) throws(OsteonError) {
        var inputs: [ValueID?] = node.inputs.map { _ in nil }
        var inputScale: Float = 1
        for (index, input) in node.inputs.enumerated() {
            guard let input, index != layer.weightInput, index != layer.biasInput else { continue }
            guard layer.dataInputs.contains(index) else {
                inputs[index] = try form(input, source.type(input).elementType)
                continue
            }
            let quantization = try quantization(of: input)
            inputScale = quantization.scale
            inputs[index] = try quantized(input, quantization)
        }
        if let index = layer.weightInput, let weight = node.inputs[index] {
            let (value, scales) = try quantizedWeights(weight, layer)
            inputs[index] = value
            let given = layer.biasInput.flatMap { $0 < node.inputs.count ? node.inputs[$0] : nil }
            if let place = layer.biasInput, given != nil || !planned.biasCorrection.isEmpty {
                while inputs.count <= place { inputs.append(nil) }
                inputs[place] = try bias(given, planned, layer, node, inputScale, scales)
            } else if let place = (node.inputs.indices.first { $0 > index && node.inputs[$0] != nil && inputs[$0] == nil }),
                let input = node.inputs[place]
            {
                inputs[place] = try form(input, source.type(input).elementType)
            }
        }
        try append(node, inputs)
    }

    /// Adds `node`, or another operator in its place, with these inputs, its outputs under their names.
    mutating func append(_ node: Node, _ inputs: [ValueID?], as op: (any Operator)? = nil) throws(OsteonError) {
        let op = op ?? node.op
        let types = try result.inferredTypes(op, inputs, outputCount: node.outputs.count, nodeName: node.name)
        // An output of the graph keeps its type: where the node makes another, the name is for the cast behind it.
        let names = zip(node.outputs, types).map { (output, type) in
            source.outputs.contains(output) && type.elementType != source.type(output).elementType
                ? "\(source[output].name).\(type.elementType.rawValue)" : source[output].name
        }
        let outputs = try result.add(op, inputs, name: node.name, outputNames: names)
        for (old, new) in zip(node.outputs, outputs) { forms[old] = Forms(native: new) }
    }

    private mutating func output(_ id: ValueID) throws(OsteonError) -> ValueID {
        let name = source[id].name
        let type = source.type(id).elementType
        if source.constant(id) != nil { return try constant(id, "as it is", name) { (tensor) throws(OsteonError) in tensor } }
        guard let forms = forms[id] else { throw OsteonError(.internalFault, "Output \(name) was not made.") }
        if result.type(forms.native).elementType == type { return forms.native }
        if let known = forms.byType[type] {
            try result.rename(known, to: name)
            return known
        }
        return try result.add(Cast(elementType: type), [forms.native], name: "\(name).\(type.rawValue)", outputNames: [name])[0]
    }
}
