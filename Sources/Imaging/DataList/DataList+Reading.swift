import Bytes
import Glibc

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
    package static func read(_ path: String, root: String? = nil) throws(OsteonError) -> DataList {
        let file = FileStatus.isFolder(path) ? path + "/dataset.json" : path
        return try locating(file) { () throws(OsteonError) in
            let mapped = try MappedFile(path: file)
            guard mapped.count <= largestFile else {
                throw OsteonError(.limitExceeded, "A data list of \(mapped.count) bytes; \(largestFile) at most are read.")
            }
            var limits = JSONValue.Limits()
            // Lists are often Python's, and its NaN in a figure of no interest is no reason to refuse them.
            limits.allowsNaN = true
            let json = try JSONValue(parsing: mapped.bytes, limits: limits)
            let folder = root ?? Paths.folder(of: file)
            guard FileStatus.isFolder(folder) else { throw OsteonError(.unreadable, "There's no folder \(folder) with the images.") }
            let paths = DataRoot(folder)
            if json["channel_names"] != nil, json["file_ending"] != nil { return try nnUNet(json, paths) }
            return try listed(json, paths)
        }
    }

    // MARK: Lists of cases

    private static func listed(_ json: JSONValue, _ root: DataRoot) throws(OsteonError) -> DataList {
        var result = DataList(name: (try? json["name"]?.string()) ?? "", channels: numbered(json["modality"]), labels: [:], lists: [])
        try result.readLabels(json)
        for member in try json.members() {
            guard case .array(let elements) = member.value, isCaseList(elements) else { continue }
            guard elements.count <= mostCases else {
                throw OsteonError(.limitExceeded, "The list \(member.name) has \(elements.count) cases.")
            }
            var cases: [Case] = []
            var names: [String: Int] = [:]
            var known: [String: Int] = [:]
            for (index, element) in elements.enumerated() {
                var entry = try locating("\(member.name), case \(index)") { () throws(OsteonError) in
                    try Self.entry(element, root, channels: result.channels.count)
                }
                let key = entry.images.map(DataRoot.identity).joined(separator: "\0")
                if let first = known[key] {
                    try result.noteRepeated(entry, cases[first], places: (first, index), member.name)
                } else {
                    known[key] = index
                }
                // Names distinguish cases.
                let times = names[entry.name, default: 0]
                names[entry.name] = times + 1
                if times > 0 { entry.name += "_\(times)" }
                cases.append(entry)
            }
            result.lists.append((member.name, cases))
        }
        guard !result.lists.isEmpty else {
            throw OsteonError(
                .malformed,
                "The file names no cases: a list has training, validation or testing with image and label, or is nnU-Net's dataset.json.")
        }
        return result
    }

    private static func isCaseList(_ elements: [JSONValue]) -> Bool {
        guard let first = elements.first else { return false }
        if case .string(let text) = first { return VolumeFile.hasImageName(text) }
        return first["image"] != nil
    }

    /// A case that's listed twice would weigh twice in every mean and interval.
    private mutating func noteRepeated(_ entry: Case, _ first: Case, places: (Int, Int), _ list: String) throws(OsteonError) {
        guard entry.reference != first.reference else {
            throw OsteonError(
                .malformed,
                "Case \(first.name) is listed twice, as cases \(places.0) and \(places.1) of \(list), and would count twice; remove one.")
        }
        notes.append("the image of case \(first.name) is listed twice in \(list), with different labels: it counts as two cases")
    }

    private static func entry(_ json: JSONValue, _ root: DataRoot, channels: Int) throws(OsteonError) -> Case {
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
        case .number(let value): reference = .values([value])
        default: break
        }
        var resolved: [String] = []
        for image in images { resolved.append(try root.resolve(image)) }
        let name = caseName(resolved[0])
        if resolved.count == 1, !FileStatus.exists(resolved[0]) { resolved = try channelFiles(first, root, channels) ?? resolved }
        return Case(name: name, images: resolved, reference: reference)
    }

    // MARK: Names

    static let imageEndings = [".nii.gz", ".nii", ".png", ".hdr", ".img"]

    /// A file's name without folders and ending, in composed form, as it's the same on every system.
    static func caseName(_ path: String) -> String {
        var name = Paths.name(of: path).composed
        for ending in imageEndings where name.lowercased().hasSuffix(ending) {
            name = String(name.dropLast(ending.count))
            break
        }
        return name
    }

    /// `{"0": "CT"}` in the order of the numbers.
    static func numbered(_ json: JSONValue?) -> [String] {
        guard case .object(let members)? = json else { return [] }
        let pairs = members.compactMap { member in Int(member.name).flatMap { index in (try? member.value.string()).map { (index, $0) } } }
        return pairs.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
