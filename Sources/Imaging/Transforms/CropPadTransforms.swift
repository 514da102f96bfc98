import Bytes
import Contracts
import Tensors

/// MONAI's transforms that cut from the grid or add to it; voxels stay where they are in space.
enum CropPadTransforms {
    static let table: [String: TransformTable.Maker] = [
        "CropForeground": { (d) throws(OsteonError) in try CropForeground(d) },
        "DivisiblePad": { (d) throws(OsteonError) in try Pad(divisible: d) },
        "SpatialPad": { (d) throws(OsteonError) in try Pad(spatial: d) },
        "BorderPad": { (d) throws(OsteonError) in try Pad(border: d) },
        "CenterSpatialCrop": { (d) throws(OsteonError) in try CenterCrop(d) },
        "ResizeWithPadOrCrop": { (d) throws(OsteonError) in try PadOrCrop(d) },
        "SpatialCrop": { (d) throws(OsteonError) in try SpatialCrop(d) },
    ]

    /// Adds voxels: up to a multiple of k, up to extents, or by given widths.
    struct Pad: FieldTransform {
        enum Kind {
            case divisible([Int])
            case spatial([Int])
            case border([Int])
        }

        let fields: [String]
        private let kind: Kind, padding: Padding, isAtEnd: Bool

        init(divisible description: ImagingTransform) throws(OsteonError) {
            try self.init(description, "k") { .divisible($0) }
        }

        init(spatial description: ImagingTransform) throws(OsteonError) {
            try self.init(description, "spatial_size") { .spatial($0) }
        }

        init(border description: ImagingTransform) throws(OsteonError) {
            try self.init(description, "spatial_border") { .border($0) }
        }

        private init(_ description: ImagingTransform, _ argument: String, _ kind: ([Int]) -> Kind) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: [argument, "mode", "method", "value", "constant_values"])
            fields = try arguments.fields()
            guard let values = try arguments.integers(argument) else { throw arguments.wrong(argument, "whole numbers") }
            self.kind = kind(values)
            let value = try arguments.number("value", or: "constant_values") ?? 0
            padding = try Padding(name: arguments.text("mode", field: 0) ?? "constant", value: Float(value))
            switch arguments.text("method")?.lowercased() ?? "symmetric" {
            case "symmetric": isAtEnd = false
            case "end": isAtEnd = true
            default: throw arguments.wrong("method", "symmetric or end")
            }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            var start: [Int] = []
            var size: [Int] = []
            for (axis, extent) in volume.extents.enumerated() {
                var before = 0
                var after = 0
                switch kind {
                case .border(let widths) where widths.count == 2 * volume.spatialRank:
                    (before, after) = (widths[2 * axis], widths[2 * axis + 1])
                case .border(let widths):
                    guard let width = Self.value(widths, axis) else { throw mismatch(widths, volume) }
                    (before, after) = (width, width)
                case .divisible(let factors):
                    guard let factor = Self.value(factors, axis) else { throw mismatch(factors, volume) }
                    let width = factor > 0 ? try Checked.roundUp(extent, to: factor) - extent : 0
                    before = isAtEnd ? 0 : width / 2
                    after = width - before
                case .spatial(let extents):
                    guard let wanted = Self.value(extents, axis) else { throw mismatch(extents, volume) }
                    let width = max(wanted - extent, 0)
                    before = isAtEnd ? 0 : width / 2
                    after = width - before
                }
                guard before >= 0, after >= 0 else { throw OsteonError(.unsupported, "A border of \(min(before, after)) voxels.") }
                start.append(-before)
                size.append(extent + before + after)
            }
            return try volume.windowed(start: start, extents: size, padding)
        }

        private static func value(_ values: [Int], _ axis: Int) -> Int? {
            values.count == 1 ? values[0] : axis < values.count ? values[axis] : nil
        }

        private func mismatch(_ values: [Int], _ volume: Volume) -> OsteonError {
            OsteonError(.invalidGraph, "\(values) doesn't fit an image of \(volume.spatialRank) axes.")
        }
    }

    /// Cuts to the box around the voxels above a threshold (0) of the source field, widened by a margin and to a multiple of k.
    ///
    /// `allow_smaller` is false by default, as in MONAI since 1.5: a margin beyond the image is padded.
    struct CropForeground: CaseTransform {
        let fields: [String]
        var use: FieldUse { FieldUse(fields, sources: [source]) }
        private let source: String, threshold: Float, channels: [Int]?, margin: [Int], divisor: [Int], allowsSmaller: Bool, padding: Padding

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(
                description,
                known: [
                    "source_key", "select_fn", "channel_indices", "margin", "k_divisible", "allow_smaller", "mode", "value",
                    "constant_values",
                ])
            fields = try arguments.fields()
            guard let source = arguments.text("source_key") else { throw arguments.wrong("source_key", "a field") }
            self.source = source
            threshold = try Self.threshold(arguments)
            channels = try arguments.integers("channel_indices")
            margin = try arguments.integers("margin") ?? [0]
            divisor = try arguments.integers("k_divisible") ?? [1]
            allowsSmaller = try arguments.flag("allow_smaller", false)
            padding = try Padding(
                name: arguments.text("mode", field: 0) ?? "constant",
                value: Float(try arguments.number("value", or: "constant_values") ?? 0))
        }

        /// `$lambda x: x > NUMBER`, the only expression a foreground is written as.
        private static func threshold(_ arguments: TransformArguments) throws(OsteonError) -> Float {
            guard arguments.has("select_fn") else { return 0 }
            let text = (arguments.description.text("select_fn") ?? "").filter { !$0.isWhitespace }
            if text.contains("is_positive") { return 0 }
            guard text.hasPrefix("$lambda"), let colon = text.firstIndex(of: ":") else {
                throw arguments.wrong("select_fn", "a comparison with a number")
            }
            let name = text[text.index(text.startIndex, offsetBy: 7)..<colon]
            let body = text[text.index(after: colon)...]
            guard !name.isEmpty, body.hasPrefix(name + ">"), let number = Float(body.dropFirst(name.count + 1)), number.isFinite else {
                throw arguments.wrong("select_fn", "a comparison with a number")
            }
            return number
        }

        func apply(to fields: inout ImagingCase) throws(OsteonError) {
            let volume = try fields.volume(source)
            let rank = volume.spatialRank
            guard let box = try volume.boundingBox(above: threshold, channels: channels) else {
                throw OsteonError(.invalidGraph, "No voxel of \(source) is above \(threshold), so there's no foreground to crop to.")
            }
            var start: [Int] = []
            var size: [Int] = []
            for axis in 0..<rank {
                let margin = margin.count == 1 ? margin[0] : margin[min(axis, margin.count - 1)]
                let divisor = max(1, divisor.count == 1 ? divisor[0] : divisor[min(axis, divisor.count - 1)])
                var (low, high) = (box.start[axis] - margin, box.end[axis] + margin)
                if allowsSmaller { (low, high) = (max(low, 0), min(high, volume.extents[axis])) }
                let rounded = try Checked.roundUp(high - low, to: divisor)
                // Halves go down, as Python's floor division of a positive number.
                low -= (rounded - (high - low)) / 2
                start.append(low)
                size.append(rounded)
            }
            for field in self.fields where fields.has(field) {
                fields.set(field, try fields.take(field).windowed(start: start, extents: size, padding))
            }
        }
    }

    /// Cuts the middle: begins at ⌊n / 2⌋ − ⌊size / 2⌋.
    struct CenterCrop: FieldTransform {
        let fields: [String]
        private let arguments: TransformArguments

        init(_ description: ImagingTransform) throws(OsteonError) {
            arguments = try TransformArguments(description, known: ["roi_size"])
            fields = try arguments.fields()
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            guard let size = try arguments.integers("roi_size", rank: volume.spatialRank) else {
                throw arguments.wrong("roi_size", "extents")
            }
            return try volume.centerCropped(size)
        }
    }

    /// Pads each axis that's too short, then cuts the middle of each that's too long.
    struct PadOrCrop: FieldTransform {
        let fields: [String]
        private let arguments: TransformArguments
        private let padding: Padding, isAtEnd: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            arguments = try TransformArguments(description, known: ["spatial_size", "mode", "method", "value", "constant_values"])
            fields = try arguments.fields()
            padding = try Padding(
                name: arguments.text("mode", field: 0) ?? "constant",
                value: Float(try arguments.number("value", or: "constant_values") ?? 0))
            isAtEnd = arguments.text("method")?.lowercased() == "end"
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            guard let wanted = try arguments.integers("spatial_size", rank: volume.spatialRank) else {
                throw arguments.wrong("spatial_size", "extents")
            }
            let size = zip(wanted, volume.extents).map { $0 > 0 ? max($0, $1) : $1 }
            let start = zip(size, volume.extents).map { isAtEnd ? 0 : -(($0 - $1) / 2) }
            return try volume.windowed(start: start, extents: size, padding).centerCropped(wanted)
        }
    }

    /// Cuts a box given by centre and size or by its corners.
    struct SpatialCrop: FieldTransform {
        let fields: [String]
        private let arguments: TransformArguments

        init(_ description: ImagingTransform) throws(OsteonError) {
            arguments = try TransformArguments(description, known: ["roi_center", "roi_size", "roi_start", "roi_end"])
            fields = try arguments.fields()
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let rank = volume.spatialRank
            var start: [Int]
            var end: [Int]
            if let center = try arguments.integers("roi_center", rank: rank), let size = try arguments.integers("roi_size", rank: rank) {
                start = zip(center, size).map { max($0 - $1 / 2, 0) }
                end = zip(start, size).map { $0 + max($1, 0) }
            } else if let low = try arguments.integers("roi_start", rank: rank), let high = try arguments.integers("roi_end", rank: rank) {
                start = low.map { max($0, 0) }
                end = zip(start, high).map { max($0, $1) }
            } else {
                throw OsteonError(.unsupported, "\(arguments.name) gives neither roi_center and roi_size nor roi_start and roi_end.")
            }
            end = zip(end, volume.extents).map { min($0, $1) }
            return try volume.windowed(start: start, extents: zip(end, start).map { $0 - $1 })
        }
    }
}

extension Volume {
    /// The middle part of at most these extents; 0 and less keep an axis.
    func centerCropped(_ wanted: [Int]) throws(OsteonError) -> Volume {
        let size = zip(wanted, extents).map { $0 > 0 ? min($0, $1) : $1 }
        return try windowed(start: zip(extents, size).map { max($0 / 2 - $1 / 2, 0) }, extents: size)
    }

    /// The box (end excluded) around the voxels above a threshold in any of the channels; nil where there's none.
    package func boundingBox(above threshold: Float, channels: [Int]? = nil) throws(OsteonError) -> (start: [Int], end: [Int])? {
        let three = three
        let values = try tensor.converted(to: .f32)
        var low = [Int](repeating: .max, count: 3)
        var high = [Int](repeating: -1, count: 3)
        let elements = values.elements(Float.self)
        for channel in channels ?? Array(0..<self.channels) {
            guard channel >= 0, channel < self.channels else {
                throw OsteonError(.invalidGraph, "There's no channel \(channel); the image has \(self.channels).")
            }
            for x in 0..<three[0] {
                for y in 0..<three[1] {
                    let row = ((channel * three[0] + x) * three[1] + y) * three[2]
                    guard let first = (0..<three[2]).first(where: { elements[row + $0] > threshold }) else { continue }
                    let last = (0..<three[2]).last { elements[row + $0] > threshold } ?? first
                    (low[0], high[0]) = (min(low[0], x), max(high[0], x))
                    (low[1], high[1]) = (min(low[1], y), max(high[1], y))
                    (low[2], high[2]) = (min(low[2], first), max(high[2], last))
                }
            }
        }
        guard high[0] >= 0 else { return nil }
        let dropped = 3 - spatialRank
        return (Array(low.dropFirst(dropped)), high.dropFirst(dropped).map { $0 + 1 })
    }
}
