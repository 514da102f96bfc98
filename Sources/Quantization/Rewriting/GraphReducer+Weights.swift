import Bytes
import GraphIR
import Operators
import Tensors

/// Weights, biases and constants of the reduction's own.
extension GraphReducer {
    /// Weights in int8 and the node that restores them.
    mutating func quantizedWeights(_ id: ValueID, _ layer: QuantizableLayer) throws(OsteonError) -> (value: ValueID, scales: Tensor) {
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
    mutating func widened(_ id: ValueID, _ type: ElementType) throws(OsteonError) -> ValueID {
        let key = ConstantKey(source: id, form: "widened \(type.rawValue)")
        if let known = constants[key] { return known }
        let stored = try form(id, type)
        let value = try result.add(Cast(elementType: .f32), [stored], name: fresh("w"))[0]
        constants[key] = value
        return value
    }

    /// The bias in int32, in units of input scale × weight scale; in f32 where that doesn't hold it.
    mutating func bias(
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

    mutating func constant(
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
    mutating func constant(_ form: String, _ name: String, _ tensor: Tensor) throws(OsteonError) -> ValueID {
        let key = ConstantKey(source: source.inputs.first ?? source.outputs[0], form: form)
        if let known = constants[key] { return known }
        let value = result.addConstant(name, tensor)
        constants[key] = value
        return value
    }
}
