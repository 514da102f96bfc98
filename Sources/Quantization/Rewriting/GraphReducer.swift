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

    private var result: Graph
    private var forms: [ValueID: Forms] = [:]
    private var constants: [ConstantKey: ValueID] = [:]
    private var counters: [String: Int] = [:]
    private let layers: [NodeID: QuantizableLayer]
    private let precisions: [NodeID: PrecisionPlan.Layer]
    /// Activations that count as part of a layer, which go on in the type of its result.
    private let included: Set<NodeID>
    private let consumers: [ValueID: [NodeID]]
    private let overflowing: Set<String>

    /// What stands for one value of the float graph.
    private struct Forms {
        /// The value as its node makes it.
        var native: ValueID
        var byType: [ElementType: ValueID] = [:]
        var quantized: [AffineQuantization: ValueID] = [:]
    }

    private struct ConstantKey: Hashable {
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
    private mutating func fresh(_ prefix: String) -> String {
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
    private mutating func append(_ node: Node, _ inputs: [ValueID?], as op: (any Operator)? = nil) throws(OsteonError) {
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

// MARK: Forms of values

extension GraphReducer {
    /// The value in an element type, cast where its node makes another.
    private mutating func form(_ id: ValueID, _ type: ElementType) throws(OsteonError) -> ValueID {
        if source.constant(id) != nil {
            return try constant(id, type.rawValue, source[id].name) { (tensor) throws(OsteonError) in try tensor.converted(to: type) }
        }
        guard let known = forms[id] else { throw OsteonError(.internalFault, "Value \(source[id].name) was not made.") }
        if result.type(known.native).elementType == type { return known.native }
        if let cast = known.byType[type] { return cast }
        let cast = try result.add(Cast(elementType: type), [known.native], name: fresh("c"))[0]
        forms[id]?.byType[type] = cast
        return cast
    }

    /// The value quantised and dequantised.
    private mutating func quantized(_ id: ValueID, _ quantization: AffineQuantization) throws(OsteonError) -> ValueID {
        if let known = forms[id]?.quantized[quantization] { return known }
        if let producer = source.producer(id), isQuantizedOnly(producer) {
            // Rounding commutes with what only moves or orders elements: the 8 bits flow through it.
            let node = source[producer]
            var inputs: [ValueID?] = []
            for input in node.inputs {
                guard let input else {
                    inputs.append(nil)
                    continue
                }
                let isData = source.constant(input) == nil && source.type(input).elementType == .f32
                inputs.append(try isData ? quantized(input, quantization) : form(input, source.type(input).elementType))
            }
            try append(node, inputs)
        }
        let floats = try form(id, .f32)
        let scale = try constant("scale \(quantization.scale)", fresh("s"), Tensor(scalar: quantization.scale))
        var zero: ValueID?
        if quantization.zeroPoint != 0 || quantization.elementType == .u8 {
            let tensor = try Tensor([Int64(quantization.zeroPoint)], shape: []).converted(to: quantization.elementType)
            zero = try constant("zero \(quantization.elementType.rawValue) \(quantization.zeroPoint)", fresh("z"), tensor)
        }
        let integers = try result.add(
            QuantizeLinear(elementType: quantization.elementType), [floats, scale, zero], name: fresh("q"))[0]
        let restored = try result.add(DequantizeLinear(), [integers, scale, zero], name: fresh("d"))[0]
        forms[id]?.quantized[quantization] = restored
        return restored
    }

    private func quantization(of id: ValueID) throws(OsteonError) -> AffineQuantization {
        guard let known = plan.values[source[id].name] else {
            throw OsteonError(.usage, "The plan has no range for value \(source[id].name); give calibration samples.")
        }
        return known
    }

    /// The 16-bit type a node that's not planned goes on in, or nil for f32.
    private func inheritedType(_ id: NodeID, _ node: Node) -> ElementType? {
        let isSafe = HalfSafety.isSafe(node.op) && !node.outputs.contains { overflowing.contains(source[$0].name) }
        guard isSafe || included.contains(id) else { return nil }
        var type: ElementType?
        for case let input? in node.inputs where source.constant(input) == nil && source.type(input).elementType == .f32 {
            guard let native = forms[input]?.native else { return nil }
            let found = result.type(native).elementType
            guard found.isHalf, type == nil || type == found else { return nil }
            type = found
        }
        return type
    }

    /// Whether a node only moves or orders elements and only 8-bit layers read what it gives, all of it in one way.
    private func isQuantizedOnly(_ id: NodeID) -> Bool {
        let node = source[id]
        guard node.outputs.count == 1, QuantizedMovement.isExact(node, source), !source.outputs.contains(node.outputs[0]) else {
            return false
        }
        guard let readers = consumers[node.outputs[0]], !readers.isEmpty else { return false }
        if readers.count == 1, isQuantizedOnly(readers[0]) { return true }
        return readers.allSatisfy { reader in
            guard let layer = layers[reader], precisions[reader]?.precision == .int8 else { return false }
            return source[reader].inputs.enumerated().allSatisfy { $1 != node.outputs[0] || layer.dataInputs.contains($0) }
        }
    }
}

// MARK: Weights and biases

extension GraphReducer {
    /// Weights in int8 and the node that restores them.
    private mutating func quantizedWeights(_ id: ValueID, _ layer: QuantizableLayer) throws(OsteonError) -> (value: ValueID, scales: Tensor)
    {
        guard let tensor = source.constant(id) else { throw OsteonError(.internalFault, "The weights aren't constant.") }
        let name = source[id].name
        let weightings = importance(layer, tensor)
        let made = try locating("weights \(name)") { () throws(OsteonError) in
            try weights.quantize(tensor, axis: layer.weightAxis, importance: weightings)
        }
        // Layers that share weights share the integers where they agree on them.
        let key = ConstantKey(source: id, form: "int8 \(layer.weightAxis) \(weightings == nil ? "" : layer.name)")
        if let known = constants[key] { return (known, made.scales) }
        let integers = result.addConstant(name, made.quantized)
        let scales = result.addConstant(fresh("s"), made.scales)
        let value = try result.add(DequantizeLinear(axis: layer.weightAxis), [integers, scales], name: fresh("w"))[0]
        constants[key] = value
        return (value, made.scales)
    }

    /// How much each place of an output channel's weights counts; nil for all alike.
    private func importance(_ layer: QuantizableLayer, _ weights: Tensor) -> [Float]? {
        guard let squares = precisions[layer.node]?.inputSquares, layer.family == .convolution, weights.rank > 1,
            squares.count == weights.shape[1]
        else { return nil }
        let places = weights.shape.dropFirst(2).reduce(1, &*)
        return squares.flatMap { [Float](repeating: $0, count: places) }
    }

    /// 16-bit weights and the cast that widens them.
    private mutating func widened(_ id: ValueID, _ type: ElementType) throws(OsteonError) -> ValueID {
        let key = ConstantKey(source: id, form: "widened \(type.rawValue)")
        if let known = constants[key] { return known }
        let stored = try form(id, type)
        let value = try result.add(Cast(elementType: .f32), [stored], name: fresh("w"))[0]
        constants[key] = value
        return value
    }

    /// The bias in int32, in units of input scale × weight scale; in f32 where that doesn't hold it.
    private mutating func bias(
        _ given: ValueID?, _ planned: PrecisionPlan.Layer, _ layer: QuantizableLayer, _ node: Node, _ inputScale: Float,
        _ weightScales: Tensor
    ) throws(OsteonError) -> ValueID {
        let scales = try weightScales.array(Float.self)
        let channels = scales.count * layer.groups
        var floats = [Float](repeating: 0, count: channels)
        var shape = [channels]
        if let given, let tensor = source.constant(given) {
            floats = try tensor.array(Float.self)
            shape = tensor.shape
        }
        if !planned.biasCorrection.isEmpty {
            guard planned.biasCorrection.count == channels else {
                throw OsteonError(
                    .usage, "The plan corrects \(planned.biasCorrection.count) biases of layer \(layer.name), which has \(channels).")
            }
            for i in floats.indices { floats[i] += planned.biasCorrection[i] }
        }
        let name = given.map { source[$0].name } ?? "\(node.name).bias"
        var integers: [Int32] = []
        var units: [Float] = []
        for (channel, value) in floats.enumerated() {
            let unit = inputScale * scales[channel % scales.count]
            let steps = (Double(value) / Double(unit)).rounded(.toNearestOrEven)
            guard unit.isNormal, let exact = Int32(exactly: steps) else {
                return result.addConstant(name, try Tensor(floats, shape: shape))
            }
            integers.append(exact)
            units.append(unit)
        }
        // A bias that isn't of rank 1 (Gemm's may be a row) is quantised along its last axis.
        let stored = result.addConstant(name, try Tensor(integers, shape: shape))
        let scale = result.addConstant(fresh("s"), try Tensor(units))
        return try result.add(DequantizeLinear(axis: shape.count - 1), [stored, scale], name: fresh("b"))[0]
    }

    private mutating func constant(
        _ id: ValueID, _ form: String, _ name: String, _ make: (Tensor) throws(OsteonError) -> Tensor
    ) throws(OsteonError) -> ValueID {
        let key = ConstantKey(source: id, form: form)
        if let known = constants[key] { return known }
        guard let tensor = source.constant(id) else { throw OsteonError(.internalFault, "\(name) isn't constant.") }
        let value = result.addConstant(name, try make(tensor))
        constants[key] = value
        return value
    }

    /// A small constant of the reduction's own; equal ones are one.
    private mutating func constant(_ form: String, _ name: String, _ tensor: Tensor) throws(OsteonError) -> ValueID {
        let key = ConstantKey(source: source.inputs.first ?? source.outputs[0], form: form)
        if let known = constants[key] { return known }
        let value = result.addConstant(name, tensor)
        constants[key] = value
        return value
    }
}
