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
        let outer = try builder.flags(call.mask)
        var rest: [ShapePart] = []
        for axis in 2..<max(rank, 2) { rest.append(try builder.extent(x, axis)) }
        let merged = try reshaped(x, [.number(-1)] + rest, "steps", builder)
        if let outer { builder.masks[merged] = .value(try stepMask(outer, builder)) }
        guard let y = try inner(call, builder, [.value(merged)]).first else { throw OsteonError(.malformed, "It gives nothing.") }
        let result = try parted(x, y, builder)
        builder.masks[result] = try mask(outer, builder.masks[y], x, builder)
        return [result]
    }

    /// The mask of the steps laid in one row, as the inner layer sees them.
    private static func stepMask(_ mask: ValueID, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let rank = try builder.rank(mask)
        guard rank >= 2 else { throw OsteonError(.unsupported, "a mask of rank \(rank)") }
        var rest: [ShapePart] = []
        for axis in 2..<max(rank, 2) { rest.append(try builder.extent(mask, axis)) }
        return try reshaped(mask, [.number(-1)] + rest, "step_masks", builder)
    }

    /// The mask of the whole. Keras 3 passes the outer one on; before, it's made of the inner layer's, or of what's left of the outer one.
    private static func mask(
        _ outer: ValueID?, _ inner: KerasMask?, _ x: ValueID, _ builder: KerasBuilder
    ) throws(OsteonError) -> KerasMask? {
        if builder.dialect.major >= 3 { return outer.map(KerasMask.value) }
        switch inner {
        case .refused?: return inner
        case .value(let value)?: return .value(try parted(x, value, builder, "step_masks_parted"))
        case nil:
            guard let outer else { return nil }
            let rank = try builder.rank(outer)
            guard rank > 2 else { return .value(outer) }
            return .value(
                try builder.step(
                    "mask_of_steps", ReduceAny(keepDimensions: false), [outer, builder.integers(Array(2..<rank), "mask_axes")]))
        }
    }

    /// Batch and steps of `x` as two axes again.
    private static func parted(
        _ x: ValueID, _ y: ValueID, _ builder: KerasBuilder, _ part: String = "parted"
    ) throws(OsteonError) -> ValueID {
        let batch = try builder.extent(x, 0)
        let steps = try builder.extent(x, 1)
        var made: [ShapePart] = []
        for axis in 1..<max(try builder.rank(y), 1) { made.append(try builder.extent(y, axis)) }
        // One extent may be left to be computed.
        if case .number = steps { return try reshaped(y, [.number(-1), steps] + made, part, builder) }
        return try reshaped(y, [batch, .number(-1)] + made, part, builder)
    }

    static func reshaped(_ x: ValueID, _ shape: [ShapePart], _ part: String, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let numbers = shape.compactMap { extent in if case .number(let number) = extent { number } else { nil } }
        if numbers.count == shape.count { return try builder.step(part, Reshape(), [x, builder.integers(numbers, "\(part)_shape")]) }
        let vector = try builder.shapeVector(shape, "\(part)_shape")
        let (input, allowsZero) = try builder.reshapeInput(vector, of: x)
        return try builder.step(part, Reshape(allowZero: allowsZero), [x, input])
    }
}
