import Bytes
import CKernels
import Container
import Tensors

/// Transforms from what a network says to a mask, voxel by voxel.
enum DecisionTransforms {
    static let table: [String: TransformTable.Maker] = [
        "ArgmaxAcrossChannels": { (d) throws(OsteonError) in try Argmax(d) },
        "ThresholdValues": { (d) throws(OsteonError) in try Threshold(d) },
        "Activations": { (d) throws(OsteonError) in try Activate(d) },
        "AsDiscrete": { (d) throws(OsteonError) in try Discretize(d) },
    ]

    /// The index of the largest channel, the first of equals: [1, …] of `u8`.
    static func argmax(_ tensor: Tensor) throws(OsteonError) -> Tensor {
        let channels = tensor.shape[0]
        guard (1 ... 256).contains(channels) else { throw OsteonError(.unsupported, "A label map of \(channels) labels; 256 at most are written.") }
        let source = try tensor.converted(to: .f32)
        let result = try Tensor(uninitialized: .u8, [1] + tensor.shape.dropFirst())
        if let from = source.unsafeElements(Float.self).baseAddress {
            osteon_argmax_bytes(from, channels, result.count, result.unsafeMutableElements(UInt8.self).baseAddress, result.count, Resampler.threads)
        }
        withExtendedLifetime(source) {}
        return result
    }

    /// 1 where a value is above the threshold (at or above with `includesEqual`), else 0.
    static func threshold(_ tensor: Tensor, _ threshold: Float, includesEqual: Bool) throws(OsteonError) -> Tensor {
        let source = try tensor.converted(to: .f32), values = source.unsafeElements(Float.self)
        let result = try Tensor(uninitialized: .u8, tensor.shape), to = result.unsafeMutableElements(UInt8.self)
        if includesEqual {
            for i in 0 ..< tensor.count { to[i] = values[i] >= threshold ? 1 : 0 }
        } else {
            for i in 0 ..< tensor.count { to[i] = values[i] > threshold ? 1 : 0 }
        }
        withExtendedLifetime(source) {}
        return result
    }

    /// Softmax over the channels, or the logistic function of each value; a new tensor.
    static func activate(_ tensor: Tensor, softmax: Bool) throws(OsteonError) -> Tensor {
        let source = try tensor.converted(to: .f32)
        let result = try Tensor(uninitialized: .f32, tensor.shape)
        let ops = osteon_ops_for(osteon_detect_isa()), from = source.unsafeElements(Float.self).baseAddress
        let to = result.unsafeMutableElements(Float.self).baseAddress
        if softmax {
            osteon_softmax(ops, from, to, 1, tensor.shape[0], tensor.shape[0] == 0 ? 0 : tensor.count / tensor.shape[0], 0, Resampler.threads)
        } else {
            let floats = osteon_form(element: OSTEON_F32, scale: 1, zero: 0)
            osteon_map_all(
                ops, osteon_map(kind: OSTEON_SIGMOID, alpha: 0, beta: 0), floats, from, floats, to, tensor.count, Resampler.threads)
        }
        withExtendedLifetime(source) {}
        return result
    }

    struct Argmax: PointwiseTransform {
        let fields: [String]

        init(_ description: ImagingTransform) throws(OsteonError) {
            fields = try TransformArguments(description, known: ["is_label", "dtype"]).fields()
        }

        func apply(_ tensor: Tensor) throws(OsteonError) -> Tensor { try argmax(tensor) }
    }

    /// Clara's: 1 above the threshold.
    struct Threshold: PointwiseTransform {
        let fields: [String]
        private let level: Float

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["threshold", "dtype"])
            fields = try arguments.fields()
            level = Float(try arguments.number("threshold") ?? 0.5)
        }

        func apply(_ tensor: Tensor) throws(OsteonError) -> Tensor { try threshold(tensor, level, includesEqual: false) }
    }

    /// MONAI's Activations: sigmoid, softmax or neither.
    struct Activate: PointwiseTransform {
        let fields: [String]
        private let usesSoftmax: Bool, usesSigmoid: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["sigmoid", "softmax", "other"])
            fields = try arguments.fields()
            usesSoftmax = try arguments.flag("softmax", field: 0, false)
            usesSigmoid = try arguments.flag("sigmoid", field: 0, false)
            if usesSoftmax, usesSigmoid { throw OsteonError(.unsupported, "\(arguments.name) asks for sigmoid and softmax at once.") }
        }

        func apply(_ tensor: Tensor) throws(OsteonError) -> Tensor {
            usesSoftmax || usesSigmoid ? try activate(tensor, softmax: usesSoftmax) : tensor
        }
    }

    /// MONAI's AsDiscrete: argmax, then channels of 0 and 1 for each label (`to_onehot`), then a threshold (at or above).
    struct Discretize: PointwiseTransform {
        let fields: [String]
        private let usesArgmax: Bool, level: Float?, labels: Int?

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["argmax", "to_onehot", "threshold", "threshold_values", "logit_thresh", "rounding", "n_classes", "num_classes"])
            fields = try arguments.fields()
            usesArgmax = try arguments.flag("argmax", field: 0, false)
            // Older releases: a switch and a level beside it.
            if case .bool(let isOn)? = arguments.description["threshold_values"] {
                level = isOn ? Float(try arguments.number("logit_thresh") ?? 0.5) : nil
            } else if case .array(let values)? = description["threshold"] {
                let own = values.first ?? .null
                level = own == .null ? nil : Float(try own.double())
            } else {
                level = try arguments.number("threshold").map { Float($0) }
            }
            var count: Int?
            switch description["to_onehot"] {
            case .integer(let number)?: count = number
            case .bool(true)?: count = try arguments.integers("n_classes", or: "num_classes")?.first
            case .array(let values)?: if case .integer(let number)? = values.first { count = number }
            default: break
            }
            if let count, !(1 ... 256).contains(count) { throw arguments.wrong("to_onehot", "a number from 1 to 256") }
            labels = count
            if let rounding = arguments.text("rounding"), rounding != "torchrounding" { throw arguments.wrong("rounding", "torchrounding") }
        }

        func apply(_ tensor: Tensor) throws(OsteonError) -> Tensor {
            var result = usesArgmax ? try argmax(tensor) : tensor
            if let labels {
                guard result.shape[0] == 1 else { throw OsteonError(.invalidGraph, "Only a label map of one channel has a channel for each label.") }
                let map = try result.converted(to: .u8), from = map.unsafeElements(UInt8.self)
                let channels = try Tensor(uninitialized: .u8, [labels] + result.shape.dropFirst()), to = channels.unsafeMutableElements(UInt8.self)
                for label in 0 ..< labels {
                    for i in 0 ..< map.count { to[label * map.count + i] = Int(from[i]) == label ? 1 : 0 }
                }
                withExtendedLifetime(map) {}
                result = channels
            }
            if let level { result = try threshold(result, level, includesEqual: true) }
            return result
        }
    }
}
