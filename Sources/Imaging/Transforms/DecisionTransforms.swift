import Bytes
import Contracts
import Tensors

/// Transforms from what a network says to a mask, voxel by voxel.
enum DecisionTransforms {
    static let table: [String: TransformTable.Maker] = [
        "ArgmaxAcrossChannels": { (d) throws(OsteonError) in try Argmax(d) },
        "ThresholdValues": { (d) throws(OsteonError) in try Threshold(d) },
        "Activations": { (d) throws(OsteonError) in try Activate(d) },
        "AsDiscrete": { (d) throws(OsteonError) in try Discretize(d) },
    ]

    /// Softmax over the channels, or the logistic function of each value; a new tensor.
    static func activate(_ tensor: Tensor, softmax: Bool) throws(OsteonError) -> Tensor {
        let source = try tensor.converted(to: .f32)
        let result = try Tensor(uninitialized: .f32, tensor.shape)
        if softmax { VolumeKernels.softmax(source, into: result) } else { VolumeKernels.sigmoid(source, into: result) }
        return result
    }

    struct Argmax: PointwiseTransform {
        let fields: [String]

        init(_ description: ImagingTransform) throws(OsteonError) {
            fields = try TransformArguments(description, known: ["is_label", "dtype"]).fields()
        }

        func apply(_ tensor: Tensor, field index: Int) throws(OsteonError) -> Tensor { try MaskDecision.argmax.mask(of: tensor) }
    }

    /// Clara's: 1 above the threshold.
    struct Threshold: PointwiseTransform {
        let fields: [String]
        private let decision: MaskDecision

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["threshold", "dtype"])
            fields = try arguments.fields()
            decision = .threshold(Float(try arguments.number("threshold") ?? 0.5))
        }

        func apply(_ tensor: Tensor, field index: Int) throws(OsteonError) -> Tensor { try decision.mask(of: tensor) }
    }

    /// MONAI's Activations: sigmoid, softmax or neither, field by field.
    struct Activate: PointwiseTransform {
        let fields: [String]
        private let usesSoftmax: [Bool], usesSigmoid: [Bool]

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["sigmoid", "softmax", "other"])
            fields = try arguments.fields()
            var softmax: [Bool] = []
            var sigmoid: [Bool] = []
            for index in fields.indices {
                softmax.append(try arguments.flag("softmax", field: index, false))
                sigmoid.append(try arguments.flag("sigmoid", field: index, false))
                if softmax[index], sigmoid[index] {
                    throw OsteonError(.unsupported, "\(arguments.name) asks for sigmoid and softmax at once.")
                }
            }
            (usesSoftmax, usesSigmoid) = (softmax, sigmoid)
        }

        func apply(_ tensor: Tensor, field index: Int) throws(OsteonError) -> Tensor {
            usesSoftmax[index] || usesSigmoid[index] ? try activate(tensor, softmax: usesSoftmax[index]) : tensor
        }
    }

    /// MONAI's AsDiscrete, field by field: argmax, then channels of 0 and 1 for each label (`to_onehot`), then a threshold (at or above).
    struct Discretize: PointwiseTransform {
        private struct Setting {
            var usesArgmax: Bool
            var labels: Int?
            var level: Float?
        }

        let fields: [String]
        private let settings: [Setting]

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(
                description,
                known: ["argmax", "to_onehot", "threshold", "threshold_values", "logit_thresh", "rounding", "n_classes", "num_classes"])
            fields = try arguments.fields()
            var settings: [Setting] = []
            for index in fields.indices {
                settings.append(
                    Setting(
                        usesArgmax: try arguments.flag("argmax", field: index, false), labels: try Self.labels(arguments, index),
                        level: try Self.level(arguments, index)))
            }
            self.settings = settings
            if let rounding = arguments.text("rounding"), rounding != "torchrounding" { throw arguments.wrong("rounding", "torchrounding") }
        }

        /// The threshold; older releases have a switch and a level beside it.
        private static func level(_ arguments: TransformArguments, _ index: Int) throws(OsteonError) -> Float? {
            if case .bool(let isOn)? = arguments.value("threshold_values", field: index) {
                return isOn ? Float(try arguments.number("logit_thresh", field: index) ?? 0.5) : nil
            }
            return try arguments.number("threshold", field: index).map { Float($0) }
        }

        private static func labels(_ arguments: TransformArguments, _ index: Int) throws(OsteonError) -> Int? {
            let count: Int?
            switch arguments.value("to_onehot", field: index) {
            case nil, .null?, .bool(false)?: return nil
            case .bool(true)?:
                let given =
                    try arguments.has("n_classes")
                    ? arguments.number("n_classes", field: index) : arguments.number("num_classes", field: index)
                count = given.flatMap { Int(exactly: $0) }
            case .integer(let number)?: count = number
            default: count = nil
            }
            guard let count, (1...256).contains(count) else { throw arguments.wrong("to_onehot", "a number from 1 to 256") }
            return count
        }

        func apply(_ tensor: Tensor, field index: Int) throws(OsteonError) -> Tensor {
            let setting = settings[index]
            var result = setting.usesArgmax ? try MaskDecision.argmax.mask(of: tensor) : tensor
            if let labels = setting.labels { result = try oneHot(result, labels) }
            if let level = setting.level { result = try MaskDecision.threshold(level, includesEqual: true).mask(of: result) }
            return result
        }

        private func oneHot(_ tensor: Tensor, _ labels: Int) throws(OsteonError) -> Tensor {
            guard tensor.shape[0] == 1 else {
                throw OsteonError(.invalidGraph, "Only a label map of one channel has a channel for each label.")
            }
            let map = try tensor.converted(to: .u8)
            let from = map.elements(UInt8.self)
            let channels = try Tensor(uninitialized: .u8, [labels] + tensor.shape.dropFirst())
            var to = channels.mutableElements(UInt8.self)
            for label in 0..<labels {
                for i in 0..<map.count { to[label * map.count + i] = Int(from[i]) == label ? 1 : 0 }
            }
            return channels
        }
    }
}
