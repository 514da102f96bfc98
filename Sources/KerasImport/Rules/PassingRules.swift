import Bytes
import GraphIR
import ImportSupport
import Operators

/// Layers that do something in training only.
enum PassingRules {
    static let table: [String: LayerRule] = ["Masking": masking, "StochasticDepth": stochasticDepth]

    /// What inference leaves out.
    static let passing: [String: LayerRule] = {
        let names = [
            "InputLayer", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout",
            "GaussianNoise", "ActivityRegularization", "Identity", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
            "RandomContrast", "RandomBrightness", "RandomShear", "RandomColorJitter", "RandomErasing", "RandomGaussianBlur",
            "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation",
            "RandomSharpness", "RandomColorDegeneration", "RandomElasticTransform", "RandomHeight", "RandomWidth",
        ]
        return Dictionary(names.map { ($0, pass) }) { first, _ in first }
    }()

    private static func pass(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.step("passed", Identity(), [call.input()])]
    }

    /// A branch that training drops at times. TensorFlow Addons' adds it to a shortcut, weighted by how often it's kept.
    private static func stochasticDepth(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard call.inputs.count == 2 else { return try pass(call, builder) }
        let branch = try builder.float(call.input(1), call)
        let share = try builder.scalar(call.configuration.double("survival_probability", default: 0.5), like: branch, "share")
        return [try builder.step("sum", Add(), [call.input(0), builder.step("weighted", Multiply(), [branch, share])])]
    }

    /// Sets steps to zero whose features all have one value; the mask tells later layers which.
    private static func masking(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let differs = try builder.differs(x, from: call.configuration.double("mask_value", default: 0), "differs")
        let isKept = try builder.step("is_kept", ReduceAny(), [differs, builder.integers([-1], "axis")])
        let kept = try builder.step("kept", Where(), [isKept, x, builder.scalar(0, like: x, "filler")])
        builder.masks[kept] = .value(try builder.step("mask", Squeeze(), [isKept, builder.integers([-1], "mask_axis")]))
        return [kept]
    }
}
