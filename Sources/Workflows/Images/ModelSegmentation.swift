import Bytes
import Contracts
import Engine
import Glibc
import Imaging
import Tensors

/// A mask and how it came to be.
package struct Segmentation: Sendable {
    /// On the scan's own grid: label values, or a channel of 0 and 1 for each of several regions.
    package var mask: Volume
    /// The scan's first channel on that grid, as it's stored, where asked for.
    package var scan: Volume?
    /// The network's blended output on the grid it sees, where asked for: [channels, extents…] of `f32`.
    package var values: Volume?
    /// Names of label values, or of channels.
    package var labels: [ImagingContract.Label]
    /// Voxels of each label, in the order of `labels` (the background left out), and of labels without a name.
    package var counts: [(label: ImagingContract.Label, voxels: Int)]
    package var window: [Int]
    package var windowCount: Int
    package var pipeline: String
    package var seconds: (preparing: Double, inference: Double, finishing: Double)
    package var notes: [String]
}

/// Volumes in, masks on their own grids out: what `osteon segment` does. Made once, it serves any number of scans.
package final class ModelSegmentation {
    package let network: ImageNetwork
    package let preprocessor: ImagePreprocessor
    private let options: ImagingOptions
    private let contract: ImagingContract

    /// - Throws: `.usage` for a model that says nothing about images, `.unsupported` for transforms that aren't known.
    package init(_ model: Model, _ options: ImagingOptions = ImagingOptions(), engine: PlanOptions = PlanOptions()) throws(OsteonError) {
        contract = try model.imagingContract(options)
        guard contract.task != .classification else {
            throw OsteonError(.usage, "\(contract.name) classifies images; use `osteon classify`.")
        }
        network = try ImageNetwork(model, contract, engine: engine)
        preprocessor = try options.preprocessor(contract, network)
        self.options = options
    }

    /// Segments one scan.
    /// - Parameters:
    ///   - files: a file with all channels, or one a channel.
    ///   - points: for annotation models, voxels of the file.
    ///   - keepingValues: whether to give the network's output too; all its channels are then held.
    ///   - keepingScan: whether to give the scan too, so that pictures needn't read it again.
    ///   - progress: gets windows done and in all.
    package func run(
        _ files: [String], points: [[Int]] = [], keepingValues: Bool = false, keepingScan: Bool = false,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(OsteonError) -> Segmentation {
        var clock = Stopwatch()
        var prepared: PreparedImage? = try preprocessor.load(files, points: points, keepingScan: keepingScan)
        let scan = prepared?.scan
        guard let image = prepared?.volume, var fields = prepared?.fields else {
            throw OsteonError(.internalFault, "No image was prepared.")
        }
        var notes = prepared?.notes ?? []
        prepared = nil
        let window = try self.window(for: image, &notes)
        let windows = window.count(on: image.extents)
        var builder = try MaskBuilder(contract, preprocessor.plan, on: image.grid, choice: options.decision)
        let preparing = clock.lap()
        var values: Tensor?
        try infer(image, window, progress) { (slab) throws(OsteonError) in
            if keepingValues { try slab.copy(into: &values, extents: image.extents) }
            try builder.add(slab)
        }
        let inference = clock.lap()
        fields.extremePoints = []
        let mask = try builder.finish(fields)
        let counts = Self.counts(mask, contract.output.labels)
        return Segmentation(
            mask: mask, scan: scan, values: try values.map { (tensor) throws(OsteonError) in try Volume(tensor, on: image.grid) },
            labels: contract.output.labels, counts: counts, window: window.extents(on: image.extents), windowCount: windows,
            pipeline: preprocessor.plan.source, seconds: (preparing, inference, clock.lap()), notes: notes)
    }

    /// The network's blended output over a prepared image: [channels, extents…].
    package func values(_ files: [String], points: [[Int]] = [], progress: (Int, Int) -> Void = { _, _ in }) throws(OsteonError) -> Volume {
        guard let values = try run(files, points: points, keepingValues: true, progress: progress).values else {
            throw OsteonError(.internalFault, "The network gave no output.")
        }
        return values
    }

    /// What the network would see of a scan, without running it: the inputs of its windows.
    /// - Parameter limit: windows at most, spread evenly.
    package func windows(_ files: [String], atMost limit: Int) throws(OsteonError) -> [[String: Tensor]] {
        let prepared = try preprocessor.load(files)
        var notes: [String] = []
        let image = prepared.volume
        let window = try window(for: image, &notes)
        let count = window.count(on: image.extents)
        let kept = min(max(limit, 1), count)
        let isFlat = isFlat(image)
        return try window.windows(of: image.tensor, at: (0..<kept).map { $0 * count / kept }).map { (window) throws(OsteonError) in
            try network.inputs(isFlat ? window.reshaped(Array(window.shape.dropLast())) : window)
        }
    }

    /// Whether a network of planes goes through a volume, slice by slice.
    private func isFlat(_ image: Volume) -> Bool { network.spatialRank == 2 && image.spatialRank == 3 }

    /// Leads the network over the image; a flat network goes through a volume slice by slice.
    private func infer(
        _ image: Volume, _ window: SlidingWindow, _ progress: (Int, Int) -> Void, _ slab: (WindowSlab) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        let isFlat = isFlat(image)
        let network = network
        try window.run(
            image.tensor, progress: progress,
            network: { (batch) throws(OsteonError) in
                guard isFlat else { return try network.run(batch) }
                let output = try network.run(batch.reshaped(Array(batch.shape.dropLast())))
                return try output.reshaped(output.shape + [1])
            }, slab: slab)
    }

    // MARK: Window

    private func window(for image: Volume, _ notes: inout [String]) throws(OsteonError) -> SlidingWindow {
        let configured = preprocessor.plan.window
        let rank = network.spatialRank ?? image.spatialRank
        guard rank == image.spatialRank || rank == 2 && image.spatialRank == 3 else {
            throw OsteonError(
                .unsupported, "The network takes images of \(rank) axes; this one has \(image.spatialRank) (\(image.gridText)).")
        }
        var region = try self.region(rank, configured, &notes)
        if rank < image.spatialRank {
            region.append(1)
            notes.append("a 2D network on a volume: applied to each slice along the last axis")
        }
        let inferer = configured?.inferer
        let isWhole = region.allSatisfy { $0 <= 0 }
        var overlap = options.overlap ?? configured?.overlap ?? 0.25
        if isWhole {
            overlap = 0
        } else if options.overlap == nil, configured?.overlap == nil {
            notes.append("the archive doesn't specify the overlap of windows; MONAI's default of 0.25 is used")
        }
        let blend = options.blend ?? inferer?.text("mode").flatMap { SlidingWindow.Blend(rawValue: $0.lowercased()) } ?? .constant
        var padding = options.padding ?? .constant(0)
        if options.padding == nil, let name = inferer?.text("padding_mode") {
            padding = try Padding(name: name, value: Float(inferer?.number("cval") ?? 0))
        }
        return try SlidingWindow(
            region: region, overlap: overlap, blend: blend, stepping: options.stepping, padding: padding,
            batch: network.fixedBatch ?? options.batch ?? 1)
    }

    /// The window's extents; zeros for the whole image.
    private func region(_ rank: Int, _ configured: ImagingWindow?, _ notes: inout [String]) throws(OsteonError) -> [Int] {
        if let given = options.window {
            guard given.count == rank else {
                throw OsteonError(.usage, "A window of \(given.count) extents for a network of \(rank) axes.")
            }
            if let fixed = network.fixedExtents, fixed != given {
                throw OsteonError(.usage, "The network is fixed to windows of \(fixed.map(String.init).joined(separator: "×")).")
            }
            return given
        }
        if let fixed = network.fixedExtents {
            if let region = configured?.region, region != fixed, !preprocessor.isAnnotation {
                notes.append(
                    """
                    the network is fixed to \(fixed.map(String.init).joined(separator: "×")), the archive specifies windows of \
                    \(region.map(String.init).joined(separator: "×"))
                    """
                )
            }
            return fixed
        }
        if let configured, configured.mode == .scanning {
            guard let region = configured.region, region.count >= rank else {
                throw OsteonError(.usage, "The archive gives no window as numbers; give one with \(Parameter.window), such as 96x96x96.")
            }
            return Array(region.prefix(rank))
        }
        return [Int](repeating: 0, count: rank)
    }

    // MARK: Labels

    private static func counts(_ mask: Volume, _ labels: [ImagingContract.Label]) -> [(label: ImagingContract.Label, voxels: Int)] {
        let values = mask.tensor.elements(UInt8.self)
        var counts = [Int](repeating: 0, count: 256)
        if mask.channels == 1 {
            for index in values.indices { counts[Int(values[index])] += 1 }
            counts[0] = 0
        } else {
            for channel in 0..<min(mask.channels, 256) {
                for index in channel * mask.voxelCount..<(channel + 1) * mask.voxelCount where values[index] != 0 { counts[channel] += 1 }
            }
        }
        // A mask of one region and one name: its 1 is that label.
        let isSingle = mask.channels == 1
        var result: [(label: ImagingContract.Label, voxels: Int)] = []
        for index in 0..<256 {
            let known = labels.first { $0.index == index }
            if isSingle && index == 0 || known == nil && counts[index] == 0 { continue }
            result.append((known ?? .init(index: index, name: "label \(index)"), counts[index]))
        }
        return result
    }
}
