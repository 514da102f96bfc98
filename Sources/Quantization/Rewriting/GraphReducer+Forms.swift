import Bytes
import GraphIR
import Operators
import Tensors

/// The forms a value of the float graph takes in the reduced one.
extension GraphReducer {
    /// The value in an element type, cast where its node makes another.
    mutating func form(_ id: ValueID, _ type: ElementType) throws(OsteonError) -> ValueID {
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
    mutating func quantized(_ id: ValueID, _ quantization: AffineQuantization) throws(OsteonError) -> ValueID {
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

    func quantization(of id: ValueID) throws(OsteonError) -> AffineQuantization {
        guard let known = plan.values[source[id].name] else {
            throw OsteonError(.usage, "The plan has no range for value \(source[id].name); give calibration samples.")
        }
        return known
    }

    /// The 16-bit type a node that's not planned goes on in, or nil for f32.
    func inheritedType(_ id: NodeID, _ node: Node) -> ElementType? {
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
    func isQuantizedOnly(_ id: NodeID) -> Bool {
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
