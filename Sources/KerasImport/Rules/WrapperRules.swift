import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Layers that apply another layer.
enum WrapperRules {
    static let table: [String: LayerRule] = [
        "TimeDistributed": timeDistributed,
        // The kernel in the file is the normalised one.
        "SpectralNormalization": { (call, builder) throws(OsteonError) in
            try inner(call, builder, call.positional)
        },
    ]

    /// Applies the wrapped layer as a step of this one.
    private static func inner(
        _ call: LayerCall, _ builder: KerasBuilder, _ arguments: [LayerCall.Argument]
    ) throws(OsteonError) -> [ValueID] {
        guard let layer = call.layer.wrapped.first else { throw OsteonError(.malformed, "It wraps no layer.") }
        guard let values = try builder.apply(LayerCall(layer, arguments), as: "\(builder.scope):\(layer.name)") else {
            throw OsteonError(.unsupported, "the layer it wraps")
        }
        return values
    }

    /// Applies a layer to every step of axis 1: steps and batch become one axis, and are parted afterwards.
    private static func timeDistributed(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try call.input()
        let rank = try builder.rank(x)
        guard rank >= 2, call.inputs.count == 1 else { throw OsteonError(.malformed, "Its input has rank \(rank).") }
        var rest: [ShapePart] = []
        for axis in 2..<max(rank, 2) { rest.append(try builder.extent(x, axis)) }
        let merged = try reshaped(x, [.number(-1)] + rest, "steps", builder)
        guard let y = try inner(call, builder, [.value(merged)]).first else { throw OsteonError(.malformed, "It gives nothing.") }
        let batch = try builder.extent(x, 0)
        let steps = try builder.extent(x, 1)
        var made: [ShapePart] = []
        for axis in 1..<max(try builder.rank(y), 1) { made.append(try builder.extent(y, axis)) }
        // One extent may be left to be computed.
        if case .number = steps { return [try reshaped(y, [.number(-1), steps] + made, "parted", builder)] }
        if case .number = batch { return [try reshaped(y, [batch, .number(-1)] + made, "parted", builder)] }
        return [try reshaped(y, [batch, .number(-1)] + made, "parted", builder)]
    }

    static func reshaped(_ x: ValueID, _ shape: [ShapePart], _ part: String, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let numbers = shape.compactMap { extent in if case .number(let number) = extent { number } else { nil } }
        if numbers.count == shape.count { return try builder.step(part, Reshape(), [x, builder.integers(numbers, "\(part)_shape")]) }
        let vector = try builder.shapeVector(shape, "\(part)_shape")
        let (input, allowsZero) = try builder.reshapeInput(vector, of: x)
        return try builder.step(part, Reshape(allowZero: allowsZero), [x, input])
    }
}
