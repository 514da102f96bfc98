import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Reshaping, padding, cropping and upsampling.
enum ShapeRules {
    static let table: [String: LayerRule] = {
        var result: [String: LayerRule] = [
            "Flatten": flatten,
            "Reshape": reshape,
            "Permute": { (call, builder) throws(OsteonError) in
                guard let dims = try call.configuration.optionalInts("dims") else {
                    throw OsteonError(.malformed, "Its configuration has no dims.")
                }
                return [try builder.step("permuted", Transpose(permutation: [0] + dims), [call.input()])]
            },
            "RepeatVector": { (call, builder) throws(OsteonError) in
                let count = try call.configuration.positive("n")
                let row = try builder.step("row", Unsqueeze(), [call.input(), builder.integers([1], "axis")])
                return [try builder.step("repeated", Tile(), [row, builder.integers([1, count, 1], "repeats")])]
            },
        ]
        for rank in 1...3 {
            result["ZeroPadding\(rank)D"] = LayerRules.rule(rank, pad)
            result["Cropping\(rank)D"] = LayerRules.rule(rank, crop)
            result["UpSampling\(rank)D"] = LayerRules.rule(rank, upsample)
        }
        return result
    }()

    /// Everything behind the batch in one row; channels-first data is turned first, as Keras does.
    private static func flatten(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var x = try call.input()
        let rank = try builder.rank(x)
        if rank == 1 { return [try builder.step("column", Unsqueeze(), [x, builder.integers([1], "axis")])] }
        if rank > 2 {
            let layout = try call.configuration.layout(spatialRank: rank - 2)
            if !layout.isChannelsLast { x = try builder.step("channels_last", Transpose(permutation: layout.toChannelsLast), [x]) }
        }
        return [try builder.step("flat", Flatten(axis: 1), [x])]
    }

    private static func reshape(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard let shape = try call.configuration.shape("target_shape") else {
            throw OsteonError(.malformed, "Its configuration has no target_shape.")
        }
        let target = shape.map { $0 ?? -1 }
        guard !target.contains(0) else { throw OsteonError(.unsupported, "an extent of 0") }
        return [try builder.step("reshaped", Reshape(), [call.input(), builder.integers([0] + target, "shape")])]
    }

    /// Begin and end of each spatial axis, from a number for all, one an axis, or a pair an axis.
    private static func margins(_ call: LayerCall, _ name: String, _ rank: Int) throws(OsteonError) -> [(begin: Int, end: Int)] {
        let fallback = Array(repeating: (begin: 1, end: 1), count: rank)
        guard let value = call.configuration.value([name]) else { return fallback }
        var result: [(begin: Int, end: Int)] = []
        if case .object = value {
            // Keras 1's ZeroPadding1D and ZeroPadding2D.
            for (begin, end) in rank == 1 ? [("left_pad", "right_pad")] : [("top_pad", "bottom_pad"), ("left_pad", "right_pad")] {
                result.append((try value[begin]?.integer() ?? 0, try value[end]?.integer() ?? 0))
            }
        } else if case .array(let items) = value {
            let flat = items.compactMap { item in if case .integer(let number) = item { number } else { nil } }
            if flat.count == items.count, rank == 1, flat.count == 2 {
                result = [(flat[0], flat[1])]
            } else if flat.count == items.count, rank == 2, flat.count == 4 {
                result = [(flat[0], flat[1]), (flat[2], flat[3])]
            } else {
                for item in items {
                    if case .array(let pair) = LayerConfiguration.unwrapped(item) {
                        guard pair.count == 2 else { throw item.mismatch("a begin and an end") }
                        result.append((try pair[0].integer(), try pair[1].integer()))
                    } else {
                        let number = try item.integer()
                        result.append((number, number))
                    }
                }
            }
        } else {
            let number = try value.integer()
            result = Array(repeating: (number, number), count: rank)
        }
        guard result.count == rank, result.allSatisfy({ min($0.begin, $0.end) >= 0 && max($0.begin, $0.end) < LayerConfiguration.limit })
        else {
            throw OsteonError(.malformed, "Its \(name) doesn't fit \(rank) axes.")
        }
        return result
    }

    private static func pad(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let margins = try margins(call, "padding", rank)
        let x = try builder.spatialInput(call.input(), layout)
        let pads = [0, 0] + margins.map(\.begin) + [0, 0] + margins.map(\.end)
        let y = try builder.step("padded", Pad(), [x, builder.integers(pads, "pads")])
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }

    private static func crop(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let margins = try margins(call, "cropping", rank)
        let x = try builder.spatialInput(call.input(), layout)
        for (axis, margin) in margins.enumerated() {
            guard let extent = try builder.shape(x)[axis + 2] else { continue }
            guard try Checked.add(margin.begin, margin.end) < extent else {
                throw OsteonError(.malformed, "It crops \(margin.begin) and \(margin.end) of \(extent) places.")
            }
        }
        let ends = margins.map { $0.end == 0 ? Int(Int32.max) : -$0.end }
        let y = try builder.step(
            "cropped", Slice(),
            [
                x, builder.integers(margins.map(\.begin), "starts"), builder.integers(ends, "ends"),
                builder.integers(Array(2..<rank + 2), "axes"),
            ])
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }

    private static func upsample(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let size = try call.configuration.extents("size", "length", rank: rank, default: Array(repeating: 2, count: rank))
        var op = try Resampling.resize(call.configuration.string("interpolation", default: "nearest"), repeats: true)
        op.axes = Array(2..<rank + 2)
        // TensorFlow 1 took places for corners, not for squares.
        if op.mode == .linear, !builder.dialect.followsTensorFlow2 { op.coordinateTransformation = .asymmetric }
        let x = try builder.spatialInput(call.input(), layout)
        let scales = builder.constant(try Tensor(size.map { Float($0) }), "scales")
        let y = try builder.step("upsampled", op, [op.mode == .nearest ? x : builder.float(x, call), nil, scales])
        return [layout.isChannelsLast ? try builder.channelsLast(y, layout) : y]
    }
}

/// How TensorFlow 2 interpolates.
enum Resampling {
    /// - Parameter repeats: whether "nearest" repeats each place, as upsampling by whole numbers does.
    static func resize(_ interpolation: String, repeats: Bool) throws(OsteonError) -> Resize {
        switch interpolation {
        case "nearest":
            return Resize(
                mode: .nearest, coordinateTransformation: repeats ? .asymmetric : .tfHalfPixelForNearest, nearestMode: .floor,
                arithmetic: repeats ? .onnx : .tensorflow)
        case "bilinear": return Resize(mode: .linear)
        case "bicubic": return Resize(mode: .cubic, cubicCoefficient: -0.5, excludeOutside: true, arithmetic: .tensorflow)
        default: throw OsteonError(.unsupported, "interpolation \(interpolation)")
        }
    }
}
