import Bytes
import Foundation

// Clara's and the Medical Segmentation Decathlon's lists say their cases file by file; nnU-Net's (version 2) says only what the
// channels and labels are called, and the folders beside it hold the cases.
extension DataList {
    private static let largestFile = 256 << 20
    private static let mostCases = 1_000_000

    /// Reads a data list.
    /// - Parameters:
    ///   - path: the JSON file, or nnU-Net's folder with `dataset.json` in it.
    ///   - root: the folder its paths are in; the list's own folder for nil.
    /// - Throws: `.unsafeReference` for a path that leads out of the root.
    public static func read(_ path: String, root: String? = nil) throws(OsteonError) -> DataList {
        let file = FileStatus.isFolder(path) ? path + "/dataset.json" : path
        return try locating(file) { () throws(OsteonError) in
            let mapped = try MappedFile(path: file)
            guard mapped.count <= largestFile else { throw OsteonError(.limitExceeded, "A data list of \(mapped.count) bytes; \(largestFile) at most are read.") }
            let json = try withExtendedLifetime(mapped) { () throws(OsteonError) in try JSONValue(parsing: mapped.bytes) }
            let folder = root ?? parent(of: file)
            guard FileStatus.isFolder(folder) else { throw OsteonError(.unreadable, "There's no folder \(folder) with the images.") }
            let paths = DataRoot(folder)
            if json["channel_names"] != nil, json["file_ending"] != nil { return try nnUNet(json, paths) }
            return try listed(json, paths)
        }
    }

    private static func parent(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }

    // MARK: Lists of cases

    private static func listed(_ json: JSONValue, _ root: DataRoot) throws(OsteonError) -> DataList {
        var result = DataList(name: (try? json["name"]?.string()) ?? "", channels: [], labels: labels(json["labels"]), lists: [])
        result.channels = numbered(json["modality"])
        for member in try json.members() {
            guard case .array(let elements) = member.value, isCaseList(elements) else { continue }
            guard elements.count <= mostCases else { throw OsteonError(.limitExceeded, "The list \(member.name) has \(elements.count) cases.") }
            var cases: [Case] = [], names: [String: Int] = [:]
            for (index, element) in elements.enumerated() {
                var entry = try locating("\(member.name), case \(index)") { () throws(OsteonError) in try Self.entry(element, root) }
                // Names tell cases apart.
                let times = names[entry.name, default: 0]
                names[entry.name] = times + 1
                if times > 0 { entry.name += "_\(times)" }
                cases.append(entry)
            }
            result.lists.append((member.name, cases))
        }
        guard !result.lists.isEmpty else {
            throw OsteonError(.malformed, "The file names no cases: a list has training, validation or testing with image and label, or is nnU-Net's dataset.json.")
        }
        return result
    }

    private static func isCaseList(_ elements: [JSONValue]) -> Bool {
        guard let first = elements.first else { return false }
        if case .string(let text) = first { return VolumeFile.hasImageName(text) }
        return first["image"] != nil
    }

    private static func entry(_ json: JSONValue, _ root: DataRoot) throws(OsteonError) -> Case {
        var images: [String] = []
        switch json["image"] ?? json {
        case .string(let path): images = [path]
        case .array(let paths): for path in paths { images.append(try path.string()) }
        default: throw OsteonError(.malformed, "The case has no image.")
        }
        guard let first = images.first else { throw OsteonError(.malformed, "The case has no image.") }
        var reference: Reference?
        switch json["label"] {
        case .string(let path) where !path.isEmpty: reference = .file(try root.resolve(path))
        case .array(let values):
            var numbers: [Double] = []
            for value in values { numbers.append(try value.double()) }
            reference = .values(numbers)
        case .integer(let value): reference = .values([Double(value)])
        default: break
        }
        var resolved: [String] = []
        for image in images { resolved.append(try root.resolve(image)) }
        return Case(name: caseName(first), images: resolved, reference: reference)
    }

    // MARK: nnU-Net

    private static func nnUNet(_ json: JSONValue, _ root: DataRoot) throws(OsteonError) -> DataList {
        let ending = try json.member("file_ending").string()
        guard ending.hasPrefix("."), VolumeFile.hasImageName(ending) else {
            throw OsteonError(.unsupported, "The data set's images are \(ending); NIfTI and PNG are read.")
        }
        var result = DataList(name: (try? json["name"]?.string()) ?? "", channels: numbered(json["channel_names"]), labels: labels(json["labels"]), lists: [])
        for (list, images, labels) in [("training", "imagesTr", "labelsTr"), ("testing", "imagesTs", "labelsTs")] {
            let folder = "\(root.folder)/\(images)"
            guard FileStatus.isFolder(folder) else { continue }
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }.sorted { $0.precedesInUTF8($1) }
            var channels: [String: [String]] = [:]
            for name in names {
                let stem = String(name.dropLast(ending.count))
                guard let cut = stem.lastIndex(of: "_"), stem[stem.index(after: cut)...].count == 4, Int(stem[stem.index(after: cut)...]) != nil else {
                    throw OsteonError(.malformed, "\(images)/\(name) isn't named CASE_0000\(ending), as nnU-Net names its channels.")
                }
                channels[String(stem[..<cut]), default: []].append("\(images)/\(name)")
            }
            var cases: [Case] = []
            for (name, files) in channels.sorted(by: { $0.key.precedesInUTF8($1.key) }) {
                guard result.channels.isEmpty || files.count == result.channels.count else {
                    throw OsteonError(.malformed, "\(name) has \(files.count) channels of \(result.channels.count) in \(images).")
                }
                let label = "\(labels)/\(name)\(ending)"
                let isThere = FileStatus.isRegular("\(root.folder)/\(label)")
                var resolved: [String] = []
                for file in files { resolved.append(try root.resolve(file)) }
                cases.append(Case(name: name, images: resolved, reference: isThere ? .file(try root.resolve(label)) : nil))
            }
            if !cases.isEmpty { result.lists.append((list, cases)) }
        }
        guard !result.lists.isEmpty else { throw OsteonError(.unreadable, "There are no images in \(root.folder)/imagesTr or imagesTs.") }
        return result
    }

    // MARK: Names

    /// A file's name without folders, ending and nnU-Net's channel number.
    static func caseName(_ path: String) -> String {
        var name = (path as NSString).lastPathComponent
        for ending in [".nii.gz", ".nii", ".png", ".hdr", ".img"] where name.lowercased().hasSuffix(ending) {
            name = String(name.dropLast(ending.count))
            break
        }
        return name
    }

    /// `{"0": "CT"}` in the order of the numbers.
    private static func numbered(_ json: JSONValue?) -> [String] {
        guard case .object(let members)? = json else { return [] }
        let pairs = members.compactMap { member in Int(member.name).flatMap { index in (try? member.value.string()).map { (index, $0) } } }
        return pairs.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// `{"0": "background"}` (Decathlon, Clara) or `{"background": 0}` (nnU-Net 2; regions by several values aren't labels).
    private static func labels(_ json: JSONValue?) -> [Int: String] {
        guard case .object(let members)? = json else { return [:] }
        var result: [Int: String] = [:]
        for member in members {
            switch member.value {
            case .string(let name): if let value = Int(member.name) { result[value] = name }
            case .integer(let value): result[value] = member.name
            default: break
            }
        }
        return result
    }
}

/// The folder a list's paths are in.
struct DataRoot {
    let folder: String
    private let real: String

    init(_ folder: String) {
        self.folder = folder
        real = Self.realPath(folder) ?? folder
    }

    /// The path of a file in the folder.
    /// - Throws: `.unsafeReference` for absolute paths, `..` and links that lead out. A file that isn't there is no error yet.
    func resolve(_ path: String) throws(OsteonError) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard !path.isEmpty, !path.hasPrefix("/"), !path.utf8.contains(0), !parts.contains("..") else {
            throw OsteonError(.unsafeReference, "\"\(path.prefix(120))\" leads out of the data's folder; only files in \(folder) are read (--data-root says another).")
        }
        let whole = folder + "/" + path
        if let target = Self.realPath(whole), target != real, !target.hasPrefix(real == "/" ? "/" : real + "/") {
            throw OsteonError(.unsafeReference, "\(path) is a link that leads out of \(folder).")
        }
        return whole
    }

    private static func realPath(_ path: String) -> String? {
        guard let result = realpath(path, nil) else { return nil }
        defer { free(result) }
        return String(validatingCString: result)
    }
}
