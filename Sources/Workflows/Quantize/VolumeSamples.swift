import Bytes
import Contracts
import Dispatch
import Engine
import FoundationEssentials
import GraphIR
import Imaging
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
