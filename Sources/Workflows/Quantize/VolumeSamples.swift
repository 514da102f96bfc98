import Bytes
import Container
import Dispatch
import Engine
import FoundationEssentials
import Glibc
import GraphIR
import Imaging
import Metrics
import Quantization
import Tensors

/// Scans as samples and as cases of a budget, prepared as the model's own archive says.
package struct VolumeCases: Sendable {
    package var cases: [DataList.Case]
    /// Every file of the cases, labels too.
    var files: [String] { cases.flatMap(\.files) }
    /// SHA-256 of each case's files.
    package var hashes: [String]
    /// What they're listed in; nil for a folder of scans.
    let source: DataList?

    /// - Parameters:
    ///   - path: a data list (`dataset.json` of Clara, the Decathlon or nnU-Net), the folder of one, or a folder of scans.
    ///   - root: the folder the list's files lie in; its own by default.
    ///   - list: the list in a data list; see `DataList.cases`.
    package init(_ path: String, root: String?, list: String, atMost: Int? = nil) throws(OsteonError) {
        guard FileStatus.exists(path) else {
            throw OsteonError(.unreadable, "There's no file or folder \(path).")
        }
        var cases: [DataList.Case]
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        if FileStatus.isFolder(path), !Self.isDataSet(names) {
            cases = names.filter(Self.isScan).map { DataList.Case(name: $0, images: [path + "/" + $0]) }
            source = nil
        } else {
            let lists = try DataList.read(path, root: root)
            cases = try lists.cases(list)
            source = lists
        }
        guard !cases.isEmpty else { throw OsteonError(.usage, "There are no cases in \(path).") }
        if let atMost, cases.count > atMost { cases = (0..<atMost).map { cases[$0 * cases.count / atMost] } }
        self.cases = cases
        hashes = []
        for one in cases {
            var text = ""
            for image in one.images { text += try SHA256Digest(of: MappedFile(path: image)).hexadecimal }
            hashes.append(one.images.count == 1 ? text : SHA256Digest(of: Array(text.utf8)).hexadecimal)
        }
    }

    /// Whether `argument` names scans rather than arrays.
    static func recognizes(_ argument: String) -> Bool {
        if argument.hasSuffix(".json") { return true }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: argument)) ?? []
        return names.contains(where: isScan) || isDataSet(names)
    }

    /// Whether a folder of these files is nnU-Net's or the Decathlon's: its list is read.
    private static func isDataSet(_ names: [String]) -> Bool { names.contains("dataset.json") }

    private static func isScan(_ name: String) -> Bool {
        !name.hasPrefix(".") && [".nii", ".nii.gz", ".hdr", ".png"].contains { name.hasSuffix($0) }
    }

    /// The windows a network sees of these scans, as its inputs.
    /// - Parameter windows: of each scan at most, spread evenly.
    package func samples(for model: Model, _ options: ImagingOptions, windows: Int) throws(OsteonError) -> Samples {
        let source = try WindowSource(model, options, cases, windows)
        var names: [String] = []
        var hashes: [String] = []
        var places: [(Int, Int)] = []
        for (index, one) in cases.enumerated() {
            for window in 0..<(try source.count(index)) {
                names.append(window == 0 ? one.name : "\(one.name) window \(window + 1)")
                hashes.append(self.hashes[index])
                places.append((index, window))
            }
        }
        return Samples(names: names, hashes: hashes) { [places] (index) throws(OsteonError) in
            try source.window(places[index].0, places[index].1)
        }
    }
}

/// Prepares scans and keeps the windows of the last one.
private final class WindowSource: @unchecked Sendable {
    private let segmentation: ModelSegmentation
    private let cases: [DataList.Case]
    private let limit: Int
    /// Whose turn it is; what is kept belongs to one caller at a time.
    private let turn = DispatchSemaphore(value: 1)
    private var known: (index: Int, windows: [[String: Tensor]])?
    private var counts: [Int: Int] = [:]

    init(_ model: Model, _ options: ImagingOptions, _ cases: [DataList.Case], _ limit: Int) throws(OsteonError) {
        segmentation = try ModelSegmentation(model, options)
        self.cases = cases
        self.limit = limit
    }

    func count(_ index: Int) throws(OsteonError) -> Int {
        turn.wait()
        defer { turn.signal() }
        if let count = counts[index] { return count }
        return try load(index).count
    }

    func window(_ index: Int, _ place: Int) throws(OsteonError) -> [String: Tensor] {
        turn.wait()
        defer { turn.signal() }
        let windows = try known?.index == index ? known?.windows ?? [] : load(index)
        guard place < windows.count else { throw OsteonError(.internalFault, "There's no window \(place).") }
        return windows[place]
    }

    private func load(_ index: Int) throws(OsteonError) -> [[String: Tensor]] {
        let windows = try locating("case \(cases[index].name)") { () throws(OsteonError) in
            try segmentation.windows(cases[index].images, atMost: limit)
        }
        counts[index] = windows.count
        known = (index, windows)
        return windows
    }
}

/// Holds a reduced network's masks of whole scans to the float network's, or to labels where there are some, and its outputs on
/// windows of them.
package final class VolumeEvaluator: TaskEvaluator {
    private let model: Model
    private let cases: [DataList.Case]
    private let options: ImagingOptions
    private let engine: PlanOptions
    private let outputs: OutputEvaluator
    /// Each case's float mask where it has no label, and the float network's Dice of each structure.
    private var expected: [(truth: [Mask], ignored: Mask?, dice: [Double])] = []
    /// What's scored where the cases have labels, as `evaluate` scores it; nil where masks are held to the float network's alone.
    private let scored: EvaluationStructures?
    package var caseCount: Int { cases.count }

    package init(_ model: Model, _ volumes: VolumeCases, windows: Samples, _ options: ImagingOptions, engine: PlanOptions)
        throws(OsteonError)
    {
        self.model = model
        cases = volumes.cases
        self.options = options
        self.engine = engine
        outputs = try OutputEvaluator(model.graph, samples: windows, engine: engine)
        let segmentation = try ModelSegmentation(model, options, engine: engine)
        if let list = volumes.source, cases.contains(where: { $0.reference != nil }) {
            scored = try EvaluationStructures(
                model.imagingContract(options), list, cases, changesLabels: segmentation.preprocessor.changesLabels)
        } else {
            scored = nil
        }
        for one in cases {
            try locating("case \(one.name)") { () throws(OsteonError) in
                let result = try segmentation.run(one.images)
                let masks = try structures(result).map(\.mask)
                var truth = masks
                var ignored: Mask?
                if let scored, case .file(let path) = one.reference {
                    let label = try segmentation.preprocessor.label(path, ignoring: scored.labels.ignored)
                    try scored.labels.check(reference: label.storedValues)
                    guard let volume = try label.volume.turned(onto: result.mask) else {
                        throw OsteonError(
                            .usage, "The label lies on another grid (\(label.volume.gridText)) than the scan (\(result.mask.gridText)).")
                    }
                    truth = try CaseMasks(structures: scored.structures, labels: scored.labels).reference(volume)
                    if let tensor = label.ignored, let turned = try Volume(tensor, affine: label.volume.affine).turned(onto: result.mask) {
                        ignored = try Mask(turned.tensor.reshaped(turned.extents), label: 1)
                    }
                }
                var dice: [Double] = []
                for (mask, truth) in zip(masks, truth) { dice.append(try Self.dice(mask, truth, ignored)) }
                expected.append((truth, ignored, dice))
            }
        }
    }

    package func loss(of reduced: Graph, casesAtMost: Int?) throws(OsteonError) -> TaskLoss {
        var result = try outputs.loss(of: reduced, casesAtMost: casesAtMost)
        // A layer alone is ranked by its noise; masks are for the whole.
        if casesAtMost != nil { return result }
        var candidate = model
        candidate.graph = reduced
        let segmentation = try ModelSegmentation(candidate, options, engine: engine)
        var drifts: [TaskLoss.Drift] = []
        for (one, expected) in zip(cases, expected) {
            try locating("case \(one.name)") { () throws(OsteonError) in
                let mask = try segmentation.run(one.images)
                for (place, structure) in try structures(mask).enumerated() where place < expected.truth.count {
                    let dice = try Self.dice(structure.mask, expected.truth[place], expected.ignored)
                    drifts.append(TaskLoss.Drift(caseName: one.name, structure: structure.name, loss: expected.dice[place] - dice))
                }
            }
        }
        result.drifts = drifts
        return result
    }

    /// Each structure's mask.
    private func structures(_ segmentation: Segmentation) throws(OsteonError) -> [(name: String, mask: Mask)] {
        let volume = segmentation.mask
        let labels = segmentation.labels
        if let scored {
            let masks = try CaseMasks(structures: scored.structures, labels: scored.labels).prediction(volume)
            return zip(scored.structures, masks).map { ($0.name, $1) }
        }
        var result: [(name: String, mask: Mask)] = []
        if volume.channels > 1 {
            for channel in 0..<volume.channels {
                let name = labels.first { $0.index == channel }?.name ?? "\(channel)"
                result.append((name, try volume.mask(of: channel)))
            }
            return result
        }
        let known = labels.filter { $0.index > 0 }
        for label in known.isEmpty ? [ImagingContract.Label(index: 1, name: "1")] : known {
            result.append((label.name, try volume.mask(of: label.index)))
        }
        return result
    }

    /// 1 where both are empty.
    private static func dice(_ a: Mask, _ b: Mask, _ ignored: Mask?) throws(OsteonError) -> Double {
        Dice.value(try OverlapCounts(prediction: a, reference: b, ignored: ignored), emptyMasks: .metricsReloaded)
    }
}
