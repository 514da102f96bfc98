import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Layers that are a function of each element, and Softmax.
enum ActivationRules {
    static let table: [String: LayerRule] = [
        "Activation": { (call, builder) throws(OsteonError) in
            [try builder.activated(call.input(), call.configuration.value(["activation"]), call)]
        },
        "ReLU": relu,
        "LeakyReLU": { (call, builder) throws(OsteonError) in
            let slope = try call.configuration.double("negative_slope", "alpha", default: 0.3)
            return [try builder.step("leaky_relu", LeakyRelu(alpha: slope), [builder.float(call.input(), call)])]
        },
        "ELU": { (call, builder) throws(OsteonError) in
            let alpha = try call.configuration.double("alpha", default: 1)
            return [try builder.step("elu", Elu(alpha: alpha), [builder.float(call.input(), call)])]
        },
        "ThresholdedReLU": { (call, builder) throws(OsteonError) in
            let theta = try call.configuration.double("theta", default: 1)
            return [try builder.step("relu", ThresholdedRelu(alpha: theta), [builder.float(call.input(), call)])]
        },
        "Softmax": softmax,
        "PReLU": parametric,
    ]

    /// `maximum` above it, `slope · (x − threshold)` below the threshold, `x` between.
    private static func relu(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let maximum = try call.configuration.optionalDouble("max_value")
        let slope = try call.configuration.double("negative_slope", default: 0)
        let threshold = try call.configuration.double("threshold", default: 0)
        return [try relu(call.input(), builder, maximum: maximum, slope: slope, threshold: threshold)]
    }

    static func relu(
        _ x: ValueID, _ builder: KerasBuilder, maximum: Double?, slope: Double, threshold: Double
    ) throws(OsteonError) -> ValueID {
        if threshold == 0, slope == 0 {
            return maximum == nil ? try builder.step("relu", Relu(), [x]) : try builder.clipped(x, 0, maximum, "relu")
        }
        var y: ValueID
        if threshold == 0 {
            y = try builder.step("leaky_relu", LeakyRelu(alpha: slope), [x])
        } else {
            let bound = try builder.scalar(threshold, like: x, "threshold")
            let isAbove = try builder.step("is_above", GreaterOrEqual(), [x, bound])
            let below = try builder.step(
                "below", Multiply(), [builder.step("shifted", Subtract(), [x, bound]), builder.scalar(slope, like: x, "slope")])
            y = try builder.step("relu", Where(), [isAbove, x, below])
        }
        if maximum != nil { y = try builder.clipped(y, nil, maximum, "bounded") }
        return y
    }

    private static func softmax(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let axes = try call.configuration.optionalInts("axis") ?? [-1]
        guard call.inputs.count == 1, !axes.isEmpty else { throw OsteonError(.unsupported, "called with several tensors or no axis") }
        var x = try builder.float(call.input(), call)
        if let mask = try builder.flags(call.mask) {
            // The mask is broadcast as it is, aligned at the last axis.
            x = try builder.step("masked", Add(), [x, builder.penalty(mask, like: x, "mask")])
        }
        if axes.count == 1 { return [try builder.step("softmax", Softmax(axis: axes[0]), [x])] }
        let sum = try builder.step("logarithm", ReduceLogSumExp(), [x, builder.integers(axes, "axes")])
        return [try builder.step("softmax", Exp(), [builder.step("shifted", Subtract(), [x, sum])])]
    }

    /// A slope for each element of an item, shared along some axes.
    private static func parametric(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        return [try builder.step("prelu", PRelu(), [x, elementwise("alpha", call, builder, like: x)])]
    }

    /// A variable for each element of an item, shared along some axes, which Keras 1 didn't write: there its own shape tells.
    static func elementwise(_ name: String, _ call: LayerCall, _ builder: KerasBuilder, like x: ValueID) throws(OsteonError) -> ValueID {
        var shared = try call.configuration.optionalInts("shared_axes") ?? []
        let stored = try builder.stored(name, of: call).shape
        let rank = try builder.rank(x)
        if builder.weightsMajor == 1, !call.configuration.mentions("shared_axes"), stored.count == rank - 1 {
            shared = stored.indices.filter { stored[$0] == 1 }.map { $0 + 1 }
        }
        var shape: [Int] = []
        for axis in 1..<max(rank, 1) { shape.append(shared.contains(axis) ? 1 : try builder.fixedExtent(x, axis)) }
        return try builder.variable(name, of: call, shape: shape, like: x)
    }
}
