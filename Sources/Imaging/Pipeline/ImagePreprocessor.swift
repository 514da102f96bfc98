import Bytes
import Contracts
import Tensors

/// An image as a network takes it, and the way back.
package struct PreparedImage: Sendable {
    /// The input of the network, on the network's grid.
    package var volume: Volume
    /// The first channel of the scan, on its file's own grid with its file's own values, where asked for.
    package var scan: Volume?
    /// Everything the pipeline has made so far; what comes after inference goes on from it.
    package var fields: ImagingCase
    package var notes: [String]
    /// Where the network wants its channels.
    package var layout: ImagingContract.Layout

    /// The whole image with a batch axis: [1, channels, extents…], or channels last where the network wants that.
    package func networkInput() throws(OsteonError) -> Tensor {
        try NetworkLayout.toNetwork(volume.tensor.reshaped([1] + volume.tensor.shape), layout)
    }
}

/// Which way a volume's axes run when the network sees it, where the pipeline doesn't say.
package enum OrientationRule: Sendable, Hashable {
    /// As in the file.
    case asStored
    /// Brought into this orientation.
    case orientation(Orientation)
}

/// Brings files to what a network was trained on, as its imaging contract says.
package struct ImagePreprocessor: Sendable {
    package let contract: ImagingContract
    package var plan: ImagingPlan
    package var limits = VolumeLimits()
    /// Where the pipeline has no orientation of its own: RAS, what the networks' training data is stored in, so that a scan gives
    /// the same mask in space however its file is laid out.
    package var orientation = OrientationRule.orientation(.ras)
    /// The network's spatial extents, where they are fixed or chosen; annotation crops are brought to them, else to the archive's.
    package var networkExtents: [Int]?

    /// - Throws: `.unsupported` for transforms that aren't known.
    package init(_ contract: ImagingContract, _ choice: PipelineChoice = .forScans) throws(OsteonError) {
        self.contract = contract
        plan = try ImagingPlan(contract, choice)
    }

    /// Loads the files of one image and prepares it.
    /// - Parameters:
    ///   - files: a file with all channels, or several files in the order of the model's channels.
    ///   - points: for annotation models: voxels of the file on the border of what's to be outlined.
    ///   - keepingScan: whether the first channel is kept as it's stored too.
    package func load(_ files: [String], points: [[Int]] = [], keepingScan: Bool = false) throws(OsteonError) -> PreparedImage {
        var fields = ImagingCase(files: try assign(files))
        fields.limits = limits
        fields.keptField = keepingScan ? plan.loaded.first : nil
        fields.extremePoints = points
        let field = plan.input
        var isLoaded = false
        for (index, step) in plan.preprocessing.enumerated() {
            if !isLoaded, !(step is LoadingTransforms.Load) {
                isLoaded = true
                try finishLoading(&fields)
            }
            if isAnnotation, Self.isReplacedByCrop(plan.descriptions[index]) { continue }
            try step.apply(to: &fields)
        }
        if !isLoaded { try finishLoading(&fields) }
        let scan = fields.takeScan()
        let volume = try fields.take(field)
        if !contract.input.channels.isEmpty, volume.channels != contract.input.channels.count {
            let names = contract.input.channels.map(\.name).joined(separator: ", ")
            let count = contract.input.channels.count
            throw OsteonError(
                .unsupported,
                """
                The model takes \(count) channel\(count == 1 ? "" : "s") (\(names)); prepared, \(files.joined(separator: ", ")) \
                \(files.count == 1 ? "has" : "have") \(volume.channels).
                """
            )
        }
        return PreparedImage(
            volume: volume, scan: scan, fields: fields, notes: plan.notes + fields.notes, layout: contract.input.layout)
    }

    /// A reference label on its own grid, its values as the contract's label transforms make them comparable with the output
    /// (regions of BraTS, for one); what would resample or turn it is left out.
    /// - Parameter ignored: the value of voxels that are to be left out, as the file holds it.
    package func label(_ path: String, ignoring ignored: Int? = nil) throws(OsteonError) -> ReferenceLabel {
        let stored = try LabelVolume.read(path, limits: limits)
        // Taken first: a transform may change values in place.
        let values = stored.channels == 1 ? try locating(path) { () throws(OsteonError) in try stored.tensor.labelValues() } : []
        guard ignored == nil || stored.channels == 1 else {
            throw OsteonError(
                .unsupported, "\(path) has \(stored.channels) channels; voxels to be ignored are known in a label map of one.")
        }
        let mask = try ignored.map { (value) throws(OsteonError) in try stored.tensor.equalling(Float(value)) }
        let field = labelField
        var fields = ImagingCase(volumes: [field: stored])
        fields.limits = limits
        let steps = try ImagingPlan.steps(contract.labelTransforms)
        try FieldFlow.check(label: field, image: contract.input.field, zip(contract.labelTransforms, steps).map { ($0, $1.use) })
        for (transform, step) in zip(contract.labelTransforms, steps) where transform.fields.contains(field) {
            if step is LoadingTransforms.Load || step is ChannelTransforms.Split || TransformTable.resamples(transform) { continue }
            try step.apply(to: &fields)
        }
        return ReferenceLabel(volume: try fields.volume(field).restored(.nearest), storedValues: values, ignored: mask)
    }

    /// What the label transforms call the reference.
    private var labelField: String { contract.labelTransforms.flatMap(\.fields).first { $0 != contract.input.field } ?? "label" }

    /// Whether the model's own label transforms give references other values than their files hold.
    package var changesLabels: Bool {
        let field = labelField
        return contract.labelTransforms.contains { transform in
            guard transform.fields.contains(field), !TransformTable.resamples(transform) else { return false }
            guard let step = try? TransformTable.make(transform) else { return true }
            return !(step is LoadingTransforms.Load || step is ChannelTransforms.Split || step is NoTransform)
        }
    }

    // MARK: Files

    /// All files are the one field that's loaded, or each is one of several.
    private func assign(_ files: [String]) throws(OsteonError) -> [String: [String]] {
        guard !files.isEmpty else { throw OsteonError(.usage, "No image is given.") }
        let loaded = plan.loaded
        if loaded.count == 1 { return [loaded[0]: files] }
        guard loaded.count == files.count else {
            throw OsteonError(.unsupported, "The model loads \(loaded.joined(separator: ", ")), a file each; \(files.count) are given.")
        }
        return Dictionary(zip(loaded, files.map { [$0] })) { first, _ in first }
    }

    private func finishLoading(_ fields: inout ImagingCase) throws(OsteonError) {
        try loadRest(&fields)
        for (field, volume) in fields.volumes.sorted(by: { $0.key < $1.key }) {
            let count = NumberCheck.count(volume.tensor, includesInfinite: true)
            if count > 0 {
                throw OsteonError(
                    .unsupported,
                    """
                    \(count) of \(volume.tensor.count) voxels aren't numbers (NaN or infinite), which would spoil the result; \
                    replace them first.
                    """,
                    trail: [volume.source?.paths.joined(separator: ", ") ?? field])
            }
        }
        if case .orientation(let wanted) = orientation, !plan.saysOrientation { try orient(&fields, wanted) }
        try cropToPoints(&fields)
    }

    private func orient(_ fields: inout ImagingCase, _ wanted: Orientation) throws(OsteonError) {
        for field in fields.volumes.keys.sorted() {
            guard let volume = fields.volumes[field], volume.spatialRank == 3, volume.source?.header != nil else { continue }
            let stored = try Orientation(of: volume.affine)
            if stored == wanted { continue }
            fields.set(field, try fields.take(field).oriented(wanted))
            fields.notes.append("\(field): stored as \(stored.code), brought to \(wanted.code), as the model doesn't say another")
        }
    }

    private func loadRest(_ fields: inout ImagingCase) throws(OsteonError) {
        for (field, paths) in fields.files.sorted(by: { $0.key < $1.key }) {
            fields.set(field, try fields.read(field, paths))
        }
        fields.files = [:]
    }

    // MARK: Annotation

    /// Whether the image is cut to a person's points before the network sees it.
    package var isAnnotation: Bool { contract.task == .annotation }

    private static func isReplacedByCrop(_ description: ImagingTransform) -> Bool { description.targetResolution != nil }

    /// As Clara's annotation client prepares its image: cut to the points with a border of `padding` (20) mm, then brought to
    /// the network's extents, first voxel on first voxel.
    private func cropToPoints(_ fields: inout ImagingCase) throws(OsteonError) {
        guard isAnnotation else { return }
        let field = plan.input
        guard !fields.extremePoints.isEmpty else {
            throw OsteonError(
                .usage,
                """
                This is an annotation model: it needs points on the border of what's to be outlined; give six or more voxels with \
                \(Parameter.point) X,Y,Z.
                """
            )
        }
        let volume = try fields.take(field)
        let padding = try plan.window?.padding() ?? 20
        var points: [[Int]] = []
        for point in fields.extremePoints { points.append(try volume.place(ofFileVoxel: point)) }
        var start: [Int] = []
        var size: [Int] = []
        for axis in 0..<volume.spatialRank {
            let border = Checked.clamped(padding / volume.spacing[axis], to: 0...1_000_000, .down)
            let low = points.map { max($0[axis] - border, 0) }.min() ?? 0
            let high = points.map { min($0[axis] + border, volume.extents[axis] - 1) }.max() ?? 0
            start.append(low)
            // The end is left out, as the client does.
            size.append(max(1, high - low))
        }
        var cut = try volume.windowed(start: start, extents: size)
        let resizes = plan.descriptions.contains { $0.isNamed("ScaleToShape") || $0.isNamed("Resize") }
        if !resizes, let wanted = networkExtents ?? plan.window?.region, wanted.count == cut.spatialRank {
            cut = try cut.resampled(
                zip(cut.extents, wanted).map {
                    $0 == $1 ? .identity($0) : AxisMap(.places(scale: Double($0) / Double($1), offset: 0), input: $0, output: $1)
                }, .linear)
        }
        fields.set(field, cut)
        fields.notes.append("cut to \(points.count) points with \(Checked.clamped(padding, to: 0 ... 10_000, .down)) mm around them")
    }
}

/// Channels first or last.
package enum NetworkLayout {
    /// [batch, channels, extents…] as a network of this layout takes it.
    package static func toNetwork(_ tensor: Tensor, _ layout: ImagingContract.Layout) throws(OsteonError) -> Tensor {
        guard layout == .channelsLast, tensor.rank > 2 else { return tensor }
        return try moved(tensor, order: [0] + Array(2..<tensor.rank) + [1])
    }

    /// What a network of this layout gives, as [batch, channels, extents…].
    package static func fromNetwork(_ tensor: Tensor, _ layout: ImagingContract.Layout) throws(OsteonError) -> Tensor {
        guard layout == .channelsLast, tensor.rank > 2 else { return tensor }
        return try moved(tensor, order: [0, tensor.rank - 1] + Array(1..<tensor.rank - 1))
    }

    private static func moved(_ tensor: Tensor, order: [Int]) throws(OsteonError) -> Tensor {
        // The first axis is the batch, which stays.
        try Resampler.reorder(
            tensor, AxisOrder(source: order.dropFirst().map { $0 - 1 }, flipped: [Bool](repeating: false, count: tensor.rank - 1)))
    }
}
