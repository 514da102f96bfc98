import Bytes
import Contracts
import Tensors

/// Transforms that make, name or sort channels.
enum ChannelTransforms {
    static let table: [String: TransformTable.Maker] = [
        "RepeatChannel": { (d) throws(OsteonError) in try Repeat(d) },
        "SplitAcrossChannels": { (d) throws(OsteonError) in try Split(channels: d) },
        "SplitBasedOnLabel": { (d) throws(OsteonError) in try Split(labels: d) },
        "ConvertToMultiChannelBasedOnBratsClasses": { (d) throws(OsteonError) in try BratsClasses(d) },
        "ConcatItems": { (d) throws(OsteonError) in try Concatenate(d) },
        "AddExtremePointsChannel": { (d) throws(OsteonError) in try ExtremePoints(d) },
    ]

    /// Each channel several times, one after the other.
    struct Repeat: FieldTransform {
        let fields: [String]
        private let times: Int

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["repeat_times", "repeats"])
            fields = try arguments.fields()
            guard let times = try arguments.integers("repeat_times", or: "repeats")?.first, times > 0 else {
                throw arguments.wrong("repeat_times", "a number above 0")
            }
            self.times = times
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let shape = [try Checked.multiply(volume.channels, times)] + volume.extents
            try VolumeLimits().check(shape)
            let tensor = try Tensor(uninitialized: volume.tensor.elementType, shape)
            let bytes = volume.voxelCount * volume.tensor.elementType.byteCount
            for channel in 0..<shape[0] {
                let source = channel / times * bytes
                tensor.write(volume.tensor.bytes.extracting(source..<source + bytes), at: channel * bytes)
            }
            return try volume.with(tensor)
        }
    }

    /// A field for each channel, or for each value of a label map (the first name is for 0, the background).
    struct Split: CaseTransform {
        private let field: String, names: [String], isByLabel: Bool
        var use: FieldUse { FieldUse([field], made: names) }

        init(channels description: ImagingTransform) throws(OsteonError) { try self.init(description, "channel_names", isByLabel: false) }

        init(labels description: ImagingTransform) throws(OsteonError) { try self.init(description, "label_names", isByLabel: true) }

        private init(_ description: ImagingTransform, _ argument: String, isByLabel: Bool) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: [argument, "squeeze"])
            guard let field = try arguments.fields().first else { throw arguments.wrong("field", "a field") }
            guard let names = description.texts(argument), !names.isEmpty else { throw arguments.wrong(argument, "names") }
            (self.field, self.names, self.isByLabel) = (field, names, isByLabel)
        }

        func apply(to fields: inout ImagingCase) throws(OsteonError) {
            guard fields.has(field) else { return }
            if !isByLabel {
                let channels = try fields.volume(field).channels
                guard channels == names.count else {
                    throw OsteonError(.invalidGraph, "\(names.count) names for the \(channels) channels of \(field).")
                }
            }
            for (index, name) in names.enumerated() where name != field {
                fields.volumes[name] = nil
                fields.parts[name] = (field, isByLabel ? .label(index) : .channel(index))
            }
        }
    }

    /// BraTS labels (1 necrotic and non-enhancing core, 2 oedema, 4 enhancing) as overlapping regions, a channel each: TC is 1
    /// or 4, WT is 1, 2 or 4, ET is 4. Names that begin with "background" give a channel of zeros.
    struct BratsClasses: FieldTransform {
        let fields: [String]
        private let classes: [[Float]]

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["class_names"])
            fields = try arguments.fields()
            var classes: [[Float]] = []
            for name in description.texts("class_names") ?? ["TC", "WT", "ET"] {
                switch name.uppercased() {
                case "TC": classes.append([1, 4])
                case "WT": classes.append([1, 2, 4])
                case "ET": classes.append([4])
                case let other where other.hasPrefix("BACKGROUND"): classes.append([])
                default: throw OsteonError(.unsupported, "\(arguments.name): there's no class \(name); TC, WT and ET there are.")
                }
            }
            self.classes = classes
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            guard volume.channels == 1 else { throw OsteonError(.invalidGraph, "A label map has one channel, not \(volume.channels).") }
            let source = try volume.tensor.converted(to: .f32)
            let values = source.elements(Float.self)
            if let place = values.indices.first(where: { ![0, 1, 2, 4].contains(values[$0]) }) {
                throw OsteonError(
                    .unsupported,
                    """
                    The label holds \(values[place]); the classes of BraTS that this model was made for are 1, 2 and 4 (BraTS 2023 \
                    and the Decathlon number them otherwise).
                    """
                )
            }
            let tensor = try Tensor(uninitialized: .u8, [classes.count] + volume.extents)
            var to = tensor.mutableElements(UInt8.self)
            for (channel, members) in classes.enumerated() {
                let start = channel * volume.voxelCount
                for i in 0..<volume.voxelCount { to[start + i] = members.contains(values[i]) ? 1 : 0 }
            }
            return try volume.with(tensor)
        }
    }

    /// Several fields as the channels of one (MONAI's ConcatItems along axis 0).
    struct Concatenate: CaseTransform {
        private let fields: [String], name: String
        var use: FieldUse { FieldUse([], sources: fields, made: [name]) }

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["name", "dim"])
            fields = try arguments.fields()
            guard let name = arguments.text("name") else { throw arguments.wrong("name", "a field") }
            self.name = name
            guard try arguments.integers("dim") ?? [0] == [0] else { throw arguments.wrong("dim", "0") }
        }

        func apply(to fields: inout ImagingCase) throws(OsteonError) {
            var parts: [Volume] = []
            for field in self.fields { parts.append(try fields.volume(field)) }
            fields.set(name, try Volume.stacked(parts, limits: fields.limits))
        }
    }
}
