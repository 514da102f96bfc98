import Bytes
import GraphIR
import ImportSupport
import Operators

/// Layers that do something in training only.
enum PassingRules {
    static let table: [String: LayerRule] = {
        let names = [
            "InputLayer", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout",
            "GaussianNoise", "ActivityRegularization", "Identity", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
            "RandomContrast", "RandomBrightness", "RandomShear", "RandomColorJitter", "RandomErasing", "RandomGaussianBlur",
            "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation",
            "RandomSharpness", "RandomColorDegeneration", "RandomElasticTransform", "RandomHeight", "RandomWidth",
        ]
        let rules: [String: LayerRule] = ["Masking": masking, "StochasticDepth": stochasticDepth]
        return rules.merging(names.map { ($0, pass) }) { first, _ in first }
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

    /// Sets masked steps to zero; that later layers skip them isn't imported.
    private static func masking(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        builder.note("\(call.layer.path) masks steps; they're set to zero, but later layers don't skip them")
        let x = try builder.float(call.input(), call)
        let value = try builder.scalar(call.configuration.double("mask_value", default: 0), like: x, "masked_value")
        // A step is masked where all its features have the value.
        let difference = try builder.step("difference", Abs(), [builder.step("shifted", Subtract(), [x, value])])
        let largest = try builder.step("largest", ReduceMaximum(), [difference, builder.integers([-1], "axis")])
        let isKept = try builder.step("is_kept", Greater(), [largest, builder.scalar(0, like: x, "zero")])
        return [try builder.step("kept", Where(), [isKept, x, builder.scalar(0, like: x, "filler")])]
    }
}
