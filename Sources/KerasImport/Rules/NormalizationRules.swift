import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Normalisation by stored or computed statistics.
enum NormalizationRules {
    static let table: [String: LayerRule] = [
        "BatchNormalization": batch, "BatchNormalizationV1": batch, "BatchNormalizationV2": batch, "SyncBatchNormalization": batch,
        "LayerNormalization": layer, "GroupNormalization": group, "InstanceNormalization": instance,
        "LayerScale": scale, "UnitNormalization": unit, "RMSNormalization": rootMeanSquare,
    ]

    /// The axis counted from the front.
    private static func axis(_ axis: Int, rank: Int) throws(OsteonError) -> Int {
        let place = axis < 0 ? axis + rank : axis
        guard place > 0, place < rank else { throw OsteonError(.malformed, "It works on axis \(axis) of an input of rank \(rank).") }
        return place
    }

    /// Applies `body` to the value with `axis` moved to axis 1, and moves it back.
    private static func along(
        _ axis: Int, _ x: ValueID, _ builder: KerasBuilder, _ body: (ValueID) throws(OsteonError) -> ValueID
    ) throws(OsteonError) -> ValueID {
        let rank = try builder.rank(x)
        if axis == 1 { return try body(x) }
        if axis == rank - 1 {
            let layout = ChannelLayout(isChannelsLast: true, spatialRank: rank - 2)
            return try builder.channelsLast(body(builder.channelsFirst(x, layout)), layout)
        }
        let order = [0, axis] + (1..<rank).filter { $0 != axis }
        let back = (0..<rank).map { place in order.firstIndex(of: place) ?? 0 }
        let moved = try builder.step("moved", Transpose(permutation: order), [x])
        return try builder.step("moved_back", Transpose(permutation: back), [body(moved)])
    }

    /// A scale or offset; all ones or zeros where the layer has none.
    private static func factor(
        _ name: String, _ flag: String, _ call: LayerCall, _ builder: KerasBuilder, shape: [Int], like x: ValueID
    ) throws(OsteonError) -> ValueID {
        if try call.configuration.bool(flag, default: true) { return try builder.variable(name, of: call, shape: shape, like: x) }
        let count = try Checked.product(shape)
        guard count < 1 << 24 else { throw OsteonError(.limitExceeded, "\(count) channels.") }
        let tensor = try Tensor([Float](budgeted: name == "gamma" ? 1 : 0, count: count), shape: shape)
        return builder.constant(try tensor.converted(to: builder.graph.type(x).elementType), name)
    }

    private static func batch(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        if try call.configuration.int("mode", default: 0) != 0 { return try ownStatistics(call, builder) }
        guard try call.json("training")?.bool() != true else { throw OsteonError(.unsupported, "called with training=True") }
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        let axes = try call.configuration.optionalInts("axis") ?? [-1]
        guard axes.count == 1 else { throw OsteonError(.unsupported, "over several axes") }
        let axis = try axis(axes[0], rank: rank)
        let channels = try builder.fixedExtent(x, axis)
        let epsilon = try call.configuration.double("epsilon", default: 1e-3)
        let (variance, rest) = try variance(call, builder, channels: channels, epsilon: epsilon, like: x)
        let op = BatchNormalization(epsilon: rest)
        return [
            try along(axis, x, builder) { (x) throws(OsteonError) in
                try builder.step(
                    "normal", op,
                    [
                        x, factor("gamma", "scale", call, builder, shape: [channels], like: x),
                        factor("beta", "center", call, builder, shape: [channels], like: x),
                        builder.variable("moving_mean", of: call, shape: [channels], like: x),
                        variance,
                    ])
            }
        ]
    }

    /// The variance and what's added to it. Keras before 1.0.6 kept the deviation and added epsilon to that.
    private static func variance(
        _ call: LayerCall, _ builder: KerasBuilder, channels: Int, epsilon: Double, like x: ValueID
    ) throws(OsteonError) -> (value: ValueID, epsilon: Double) {
        let stored = try builder.variable("moving_variance", of: call, shape: [channels], like: x)
        // Regularizers are written since 1.1.
        guard builder.dialect.major == 1, !call.configuration.mentions("gamma_regularizer") else { return (stored, epsilon) }
        guard let keepsDeviation = builder.dialect.keepsDeviation else {
            throw OsteonError(
                .usage,
                """
                The file doesn't record its version of Keras, and its batch normalisation (\(call.layer.path)) keeps deviations \
                before 1.0.6 and variances since; give it with \(Parameter.kerasVersion).
                """
            )
        }
        guard keepsDeviation else { return (stored, epsilon) }
        builder.note("batch normalisation of Keras before 1.0.6 divides by the stored deviation and epsilon")
        let square = { (tensor: Tensor) throws(OsteonError) -> Tensor in
            let shifted = try tensor.converted(to: .f64)
            let sum = try Add().evaluate([shifted, Tensor(scalar: epsilon)]).first
            guard let result = try Multiply().evaluate([sum, sum]).first else { throw OsteonError(.internalFault, "No square.") }
            return try result.converted(to: tensor.elementType)
        }
        guard let deviation = builder.graph.constant(stored) else { throw OsteonError(.internalFault, "A variable that isn't constant.") }
        return (builder.constant(try square(deviation), "variance"), 0)
    }

    /// Keras 1's modes 1, over each place's features, and 2, over the batch at hand.
    private static func ownStatistics(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let mode = try call.configuration.int("mode", default: 0)
        guard mode == 1 || mode == 2 else { throw OsteonError(.unsupported, "mode \(mode)") }
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        let kept = try axis(call.configuration.int("axis", default: -1), rank: rank)
        let channels = try builder.fixedExtent(x, kept)
        let epsilon = try call.configuration.double("epsilon", default: 1e-3)
        let gamma = try builder.variable("gamma", of: call, shape: [channels], like: x)
        let beta = try builder.variable("beta", of: call, shape: [channels], like: x)
        if mode == 1 {
            guard kept == rank - 1 else { throw OsteonError(.unsupported, "mode 1 over axis \(kept), which isn't the last") }
            let normal = try normalized(x, [rank - 1], epsilon, builder, epsilon: .both)
            return [try affine(normal, gamma, beta, [channels], builder)]
        }
        let normal = try normalized(x, (0..<rank).filter { $0 != kept }, epsilon, builder, epsilon: .inside)
        return [try affine(normal, gamma, beta, (0..<rank).map { $0 == kept ? channels : 1 }, builder)]
    }

    private static func layer(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        var axes: [Int] = []
        for given in try call.configuration.optionalInts("axis") ?? [-1] { axes.append(try axis(given, rank: rank)) }
        axes.sort()
        guard Set(axes).count == axes.count, let first = axes.first else { throw OsteonError(.malformed, "Its axes are \(axes).") }
        var shape: [Int] = []
        for axis in axes { shape.append(try builder.fixedExtent(x, axis)) }
        let epsilon = try call.configuration.double("epsilon", default: 1e-3)
        guard try !call.configuration.bool("rms_scaling", default: false) else { throw OsteonError(.unsupported, "rms_scaling") }
        let gamma = try factor("gamma", "scale", call, builder, shape: shape, like: x)
        let beta = try factor("beta", "center", call, builder, shape: shape, like: x)
        if axes == Array(first..<rank) {
            return [try builder.step("normal", LayerNormalization(axis: first, epsilon: epsilon), [x, gamma, beta])]
        }
        let broadcast = (0..<rank).map { axis in axes.firstIndex(of: axis).map { shape[$0] } ?? 1 }
        let normal = try normalized(x, axes, epsilon, builder, epsilon: .inside)
        return [try affine(normal, gamma, beta, broadcast, builder)]
    }

    /// Where ε is added to: the variance, the deviation, or both.
    private enum EpsilonPlace {
        case inside, outside, both
    }

    /// `(x − mean) / √(variance + ε)` over `axes`, or with ε outside `(x − mean) / (√variance + ε)`.
    private static func normalized(
        _ x: ValueID, _ axes: [Int], _ epsilon: Double, _ builder: KerasBuilder, epsilon place: EpsilonPlace
    ) throws(OsteonError) -> ValueID {
        let list = try builder.integers(axes, "axes")
        let mean = try builder.step("mean", ReduceMean(), [x, list])
        let difference = try builder.step("difference", Subtract(), [x, mean])
        let square = try builder.step("square", Multiply(), [difference, difference])
        let variance = try builder.step("variance", ReduceMean(), [square, list])
        let small = try builder.scalar(epsilon, like: x, "epsilon")
        let radicand = place == .outside ? variance : try builder.step("shifted", Add(), [variance, small])
        var deviation = try builder.step("root", Sqrt(), [radicand])
        if place != .inside { deviation = try builder.step("deviation", Add(), [deviation, small]) }
        return try builder.step("normal", Divide(), [difference, deviation])
    }

    private static func affine(
        _ x: ValueID, _ gamma: ValueID?, _ beta: ValueID?, _ shape: [Int], _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        var y = x
        if let gamma { y = try builder.step("scaled", Multiply(), [y, builder.reshaped(gamma, shape, "gamma_shaped")]) }
        if let beta { y = try builder.step("offset", Add(), [y, builder.reshaped(beta, shape, "beta_shaped")]) }
        return y
    }

    private static func group(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        let axis = try axis(call.configuration.int("axis", default: -1), rank: rank)
        let channels = try builder.fixedExtent(x, axis)
        var groups = try call.configuration.int("groups", default: 32)
        if groups == -1 { groups = channels }
        guard groups >= 1, channels % groups == 0 else {
            throw OsteonError(.malformed, "\(channels) channels can't be split into \(groups) groups.")
        }
        let op = GroupNormalization(groups: groups, epsilon: try call.configuration.double("epsilon", default: 1e-3))
        let gamma = try factor("gamma", "scale", call, builder, shape: [channels], like: x)
        let beta = try factor("beta", "center", call, builder, shape: [channels], like: x)
        return [try along(axis, x, builder) { (x) throws(OsteonError) in try builder.step("normal", op, [x, gamma, beta]) }]
    }

    /// keras_contrib's: `(x − mean) / (deviation + ε)` over all axes but the batch and `axis`. TensorFlow Addons' layer of
    /// that name is a group normalisation of one channel a group.
    private static func instance(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        if call.layer.package == "Addons" { return try group(call, builder) }
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        var axes = Array(1..<max(rank, 1))
        var broadcast = Array(repeating: 1, count: rank)
        var shape = [1]
        if let given = try call.configuration.optionalInt("axis") {
            let kept = try axis(given, rank: rank)
            let channels = try builder.fixedExtent(x, kept)
            axes.removeAll { $0 == kept }
            shape = [channels]
            broadcast[kept] = channels
        }
        let epsilon = try call.configuration.double("epsilon", default: 1e-3)
        let normal = try normalized(x, axes, epsilon, builder, epsilon: .outside)
        let hasScale = try call.configuration.bool("scale", default: true)
        let hasOffset = try call.configuration.bool("center", default: true)
        let gamma = hasScale ? try builder.variable("gamma", of: call, shape: shape, like: x) : nil
        let beta = hasOffset ? try builder.variable("beta", of: call, shape: shape, like: x) : nil
        return [try affine(normal, gamma, beta, broadcast, builder)]
    }

    /// ConvNeXt's factor for each channel.
    private static func scale(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let gamma = try builder.variable("gamma", of: call, shape: [builder.fixedExtent(x, -1)], like: x)
        return [try builder.step("scaled", Multiply(), [x, gamma])]
    }

    /// `x / √max(Σ x², 10⁻¹²)`.
    private static func unit(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        var axes: [Int] = []
        for given in try call.configuration.optionalInts("axis") ?? [-1] { axes.append(try axis(given, rank: rank)) }
        let sum = try builder.step("sum", ReduceSumSquare(), [x, builder.integers(axes, "axes")])
        let bounded = try builder.step("bounded", Maximum(), [sum, builder.scalar(1e-12, like: x, "least")])
        return [try builder.step("normal", Divide(), [x, builder.step("norm", Sqrt(), [bounded])])]
    }

    private static func rootMeanSquare(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let rank = try builder.rank(x)
        let axes = try call.configuration.optionalInts("axis") ?? [-1]
        guard axes.count == 1, try axis(axes[0], rank: rank) == rank - 1 else {
            throw OsteonError(.unsupported, "over axes other than the last")
        }
        let scale = try builder.variable("scale", of: call, shape: [builder.fixedExtent(x, -1)], like: x)
        let epsilon = try call.configuration.double("epsilon", default: 1e-6)
        return [try builder.step("normal", RMSNormalization(axis: -1, epsilon: epsilon), [x, scale])]
    }
}
