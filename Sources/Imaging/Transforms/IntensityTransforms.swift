import Bytes
import CKernels
import Contracts
import Tensors

/// Transforms of a voxel's value by itself or by statistics of its channel.
enum IntensityTransforms {
    static let table: [String: TransformTable.Maker] = [
        "ScaleIntensityRange": { (d) throws(OsteonError) in try ScaleRange(d) },
        "ScaleIntensity": { (d) throws(OsteonError) in try ScaleIntensity(d) },
        "ScaleIntensityRangePercentiles": { (d) throws(OsteonError) in try ScalePercentiles(d) },
        "NormalizeIntensity": { (d) throws(OsteonError) in try Normalize(d) },
        "NormalizeNonzeroIntensities": { (d) throws(OsteonError) in try Normalize(nonzero: d) },
        "CenterData": { (d) throws(OsteonError) in try Normalize(centering: d) },
        "ThresholdIntensity": { (d) throws(OsteonError) in try ThresholdIntensity(d) },
        "EnsureType": { (d) throws(OsteonError) in try Cast(d) },
        "CastToType": { (d) throws(OsteonError) in try Cast(d) },
    ]

    /// Changes a volume's values in place: (x − center) / divisor · scale + shift, held in bounds.
    static func rescale(_ tensor: Tensor, _ part: Range<Int>, _ rescale: osteon_rescale) {
        VolumeKernels.rescale(tensor, part, rescale)
    }

    static func moments(_ tensor: Tensor, _ part: Range<Int>, nonzero: Bool = false, around center: Double = 0) throws(OsteonError)
        -> osteon_moments
    {
        try VolumeKernels.moments(tensor, part, nonzero: nonzero, around: center)
    }

    /// Each channel's elements, or all at once.
    static func parts(_ volume: Volume, channelWise: Bool) -> [Range<Int>] {
        guard channelWise else { return [0..<volume.tensor.count] }
        return (0..<volume.channels).map { $0 * volume.voxelCount..<($0 + 1) * volume.voxelCount }
    }

    /// The volume with values that may be changed in place.
    static func writable(_ volume: Volume) throws(OsteonError) -> Volume {
        if volume.tensor.elementType == .f32, volume.tensor.storage.isWritable { return volume }
        var result = volume
        result.tensor = try volume.tensor.elementType == .f32 ? volume.tensor.copied() : volume.tensor.converted(to: .f32)
        return result
    }

    static var plain: osteon_rescale {
        osteon_rescale(center: 0, divisor: 1, scale: 1, shift: 0, low: -.infinity, high: .infinity, nonzero: 0)
    }

    // MARK: Ranges

    /// (x − a_min) / (a_max − a_min) · (b_max − b_min) + b_min, held between b_min and b_max with `clip` (MONAI and Clara).
    struct ScaleRange: FieldTransform {
        let fields: [String]
        private let rescale: osteon_rescale

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["a_min", "a_max", "b_min", "b_max", "clip", "dtype"])
            fields = try arguments.fields()
            let (low, high) = (try arguments.required("a_min"), try arguments.required("a_max"))
            var rescale = IntensityTransforms.plain
            rescale.center = Float(low)
            let (least, most) = (try arguments.number("b_min"), try arguments.number("b_max"))
            if high == low {
                // Nothing to divide by: MONAI only shifts.
                rescale.shift = Float(least ?? 0)
            } else {
                rescale.divisor = Float(high - low)
                if let least, let most { (rescale.scale, rescale.shift) = (Float(most - least), Float(least)) }
            }
            if try arguments.flag("clip", false) { (rescale.low, rescale.high) = (Float(least ?? -.infinity), Float(most ?? .infinity)) }
            self.rescale = rescale
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let result = try writable(volume)
            IntensityTransforms.rescale(result.tensor, 0..<result.tensor.count, rescale)
            return result
        }
    }

    /// Least and largest value become minv and maxv; or x · (1 + factor) (MONAI).
    struct ScaleIntensity: FieldTransform {
        let fields: [String]
        private let range: (least: Double, most: Double)?
        private let factor: Double?
        private let isChannelWise: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["minv", "maxv", "factor", "channel_wise", "dtype"])
            fields = try arguments.fields()
            factor = try arguments.number("factor")
            let isGiven = description["minv"] != nil || description["maxv"] != nil
            let (least, most) = (try arguments.number("minv"), try arguments.number("maxv"))
            if isGiven, least == nil || most == nil, factor == nil {
                throw OsteonError(.unsupported, "\(arguments.name): minv and maxv are to be given together.")
            }
            range = factor == nil || least != nil ? (least ?? 0, most ?? 1) : nil
            isChannelWise = try arguments.flag("channel_wise", false)
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let result = try writable(volume)
            for part in parts(result, channelWise: isChannelWise) {
                var rescale = plain
                if let range {
                    let moments = try moments(result.tensor, part)
                    if moments.least == moments.largest {
                        rescale.scale = Float(range.least)  // as MONAI: a constant image is multiplied
                    } else {
                        (rescale.center, rescale.divisor) = (moments.least, moments.largest - moments.least)
                        (rescale.scale, rescale.shift) = (Float(range.most - range.least), Float(range.least))
                    }
                } else if let factor {
                    rescale.scale = Float(1 + factor)
                }
                IntensityTransforms.rescale(result.tensor, part, rescale)
            }
            return result
        }
    }

    /// `ScaleIntensityRange` from two percentiles of the image, between neighbours linearly (MONAI, NumPy's default).
    struct ScalePercentiles: FieldTransform {
        let fields: [String]
        private let lower: Double, upper: Double
        private let target: (least: Double, most: Double)?
        private let clips: Bool, isChannelWise: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(
                description, known: ["lower", "upper", "b_min", "b_max", "clip", "relative", "channel_wise", "dtype"])
            fields = try arguments.fields()
            lower = try arguments.required("lower")
            upper = try arguments.required("upper")
            guard (0...100).contains(lower), (0...100).contains(upper), lower < upper else {
                throw arguments.wrong("lower", "a percentile below upper")
            }
            guard try !arguments.flag("relative", false) else { throw arguments.wrong("relative", "false") }
            if let least = try arguments.number("b_min"), let most = try arguments.number("b_max") {
                target = (least, most)
            } else {
                target = nil
            }
            clips = try arguments.flag("clip", false)
            isChannelWise = try arguments.flag("channel_wise", false)
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let result = try writable(volume)
            for part in parts(result, channelWise: isChannelWise) {
                let values = result.tensor.elements(Float.self)
                var sorted = part.map { values[$0] }
                sorted.sort()
                let (low, high) = (Self.percentile(sorted, lower), Self.percentile(sorted, upper))
                var rescale = plain
                rescale.center = low
                if high != low { rescale.divisor = high - low }
                if let target {
                    if high != low { rescale.scale = Float(target.most - target.least) }
                    rescale.shift = Float(target.least)
                    if clips { (rescale.low, rescale.high) = (Float(target.least), Float(target.most)) }
                }
                IntensityTransforms.rescale(result.tensor, part, rescale)
            }
            return result
        }

        private static func percentile(_ sorted: [Float], _ percent: Double) -> Float {
            guard !sorted.isEmpty else { return 0 }
            let place = percent / 100 * Double(sorted.count - 1)
            let below = Checked.clamped(place, to: 0...sorted.count - 1, .down)
            let (a, b) = (sorted[below], sorted[min(below + 1, sorted.count - 1)])
            return Float(Double(a) + (Double(b) - Double(a)) * (place - Double(below)))
        }
    }

    // MARK: Mean and deviation

    /// (x − subtrahend) / divisor, by default mean and (population) standard deviation of the image; of its voxels that aren't
    /// 0, which then stay 0, with `nonzero`; channel by channel with `channel_wise`. A deviation of 0 counts as 1.
    ///
    /// MONAI's NormalizeIntensity; Clara's NormalizeNonzeroIntensities is it with both, CenterData without.
    struct Normalize: FieldTransform {
        let fields: [String]
        private let subtrahend: [Double]?, divisor: [Double]?
        private let nonzero: Bool, isChannelWise: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["subtrahend", "divisor", "nonzero", "channel_wise", "dtype"])
            fields = try arguments.fields()
            subtrahend = try arguments.numbers("subtrahend")
            divisor = try arguments.numbers("divisor")
            nonzero = try arguments.flag("nonzero", false)
            isChannelWise = try arguments.flag("channel_wise", false)
        }

        init(nonzero description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["dtype"])
            fields = try arguments.fields()
            (subtrahend, divisor, nonzero, isChannelWise) = (nil, nil, true, true)
        }

        init(centering description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["subtrahend", "divisor", "dtype"])
            fields = try arguments.fields()
            subtrahend = try arguments.numbers("subtrahend")
            divisor = try arguments.numbers("divisor")
            (nonzero, isChannelWise) = (false, (subtrahend?.count ?? 1) > 1 || (divisor?.count ?? 1) > 1)
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let result = try writable(volume)
            let parts = parts(result, channelWise: isChannelWise)
            for values in [subtrahend, divisor] {
                guard let values, values.count != 1, values.count != parts.count else { continue }
                throw OsteonError(.invalidGraph, "\(values.count) values to normalise \(result.channels) channels with.")
            }
            for (channel, part) in parts.enumerated() {
                let first = try moments(result.tensor, part, nonzero: nonzero)
                guard first.count > 0 else { continue }
                let mean = first.sum / Double(first.count)
                var rescale = plain
                rescale.center = Float(Self.value(subtrahend, channel) ?? mean)
                if let given = Self.value(divisor, channel) {
                    rescale.divisor = Float(given)
                } else {
                    let second = try moments(result.tensor, part, nonzero: nonzero, around: mean)
                    rescale.divisor = Float((second.squares / Double(second.count)).squareRoot())
                }
                if rescale.divisor == 0 { rescale.divisor = 1 }
                rescale.nonzero = nonzero ? 1 : 0
                IntensityTransforms.rescale(result.tensor, part, rescale)
            }
            return result
        }

        private static func value(_ values: [Double]?, _ channel: Int) -> Double? {
            guard let values else { return nil }
            return values.count == 1 ? values[0] : values[channel]
        }
    }

    // MARK: Others

    /// Values above the threshold (below, where `above` is false) stay, others become `cval` (MONAI).
    struct ThresholdIntensity: FieldTransform {
        let fields: [String]
        private let threshold: Float, isAbove: Bool, fill: Float

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["threshold", "above", "cval"])
            fields = try arguments.fields()
            threshold = Float(try arguments.required("threshold"))
            isAbove = try arguments.flag("above", true)
            fill = Float(try arguments.number("cval") ?? 0)
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let result = try writable(volume)
            var values = result.tensor.mutableElements(Float.self)
            for i in values.indices where !(isAbove ? values[i] > threshold : values[i] < threshold) { values[i] = fill }
            return result
        }
    }

    /// Types that hold the values as they are change nothing here; a type that would cut them is an error.
    struct Cast: FieldTransform {
        let fields: [String]
        private let isWhole: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["dtype", "drop_meta"])
            fields = try arguments.fields()
            let types = (description.texts("dtype") ?? []).map { $0.lowercased() }
            isWhole = types.contains {
                $0.contains("int") || $0.contains("long") || $0.contains("bool") || $0.contains("half") || $0.contains("float16")
            }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            guard isWhole, volume.tensor.elementType == .f32 else { return volume }
            let values = volume.tensor.elements(Float.self)
            guard values.indices.allSatisfy({ values[$0] == values[$0].rounded() && abs(values[$0]) <= 2048 }) else {
                throw OsteonError(.unsupported, "The cast would cut the image's values; only label maps are cast to whole numbers.")
            }
            return volume
        }
    }
}
