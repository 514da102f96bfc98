import Bytes
import GraphIR
import Tensors

/// Quantizes `f32` to `u8` over its own range: gives `y`, and the scale and zero point that undo it.
///
/// `scale = (max(0, max x) − min(0, min x)) / 255`, `zeroPoint = round(−min / scale)`. Where all of `x` is 0 the scale is 1.
package struct DynamicQuantizeLinear: Operator {
    package init() {}
    package static var signature: Signature { Signature([.required("x")], ["y", "scale", "zeroPoint"]) }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try require(x.elementType == .f32, .invalidGraph, "The input is \(x); it must be f32.")
        return [TensorType(.u8, x.shape), TensorType(.f32, []), TensorType(.u8, [])]
    }

    /// The scale and zero point for values from `low`, 0 or less, to `high`, 0 or more.
    package static func grid(low: Float, high: Float) -> (scale: Float, zero: UInt8) {
        let scale = low == high ? 1 : (high - low) / 255
        return (scale, UInt8(clamping: Double((-low / scale).rounded(.toNearestOrEven))))
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        try require(x.elementType == .f32, .invalidGraph, "The input is \(x.type); it must be f32.")
        let source = x.elements(Float.self)
        var low: Float = 0
        var high: Float = 0
        for i in source.indices {
            let value = source[i]
            if value < low { low = value }
            if value > high { high = value }
        }
        let (scale, zero) = Self.grid(low: low, high: high)
        let result = try context.makeOutput(0, .u8, x.shape)
        var y = result.mutableElements(UInt8.self)
        for i in source.indices { y[i] = quantize(source[i], scale: scale, zero: zero) }
        if context.outputCount > 1 { try context.makeOutput(1, .f32, []).store(scale, at: 0) }
        if context.outputCount > 2 { try context.makeOutput(2, .u8, []).store(zero, at: 0) }
    }
}
