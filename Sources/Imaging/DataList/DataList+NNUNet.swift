import Bytes
import FoundationEssentials
import Glibc

// nnU-Net: version 2 says only what channels and labels are called, and the folders beside the file hold the cases; version 1 lists
// its cases without the channel numbers their files have.
extension DataList {
    /// The files of a case whose list leaves the channel numbers out, as nnU-Net 1's task folders do: `x_0000.nii.gz` and so on for
    /// `x.nii.gz`; nil where there are none.
    /// - Parameter channels: how many there must be; 0 where the list doesn't say.
    static func channelFiles(_ path: String, _ root: DataRoot, _ channels: Int) throws(OsteonError) -> [String]? {
        guard let ending = imageEndings.first(where: { path.lowercased().hasSuffix($0) }) else { return nil }
        let stem = path.dropLast(ending.count)
        let suffix = path.suffix(ending.count)
        var result: [String] = []
        while result.count < 1000 {
            let number = String(result.count)
            let name = "\(stem)_\(String(repeating: "0", count: 4 - number.count))\(number)\(suffix)"
            guard root.has(name) else { break }
            result.append(try root.resolve(name))
        }
        if result.isEmpty { return nil }
        guard channels == 0 || result.count == channels else {
            throw OsteonError(.malformed, "\(path) has \(result.count) channel files (_0000 and on) of \(channels).")
        }
        return result
    }

    static func nnUNet(_ json: JSONValue, _ root: DataRoot) throws(OsteonError) -> DataList {
        let ending = try json.member("file_ending").string()
        guard ending.hasPrefix("."), VolumeFile.hasImageName(ending) else {
            throw OsteonError(.unsupported, "The data set's images are \(ending); NIfTI and PNG are read.")
        }
        var result = DataList(name: (try? json["name"]?.string()) ?? "", channels: numbered(json["channel_names"]), labels: [:], lists: [])
        try result.readLabels(json)
        if let entries = json["dataset"] { result.lists.append(("training", try listedCases(entries, root))) }
        for (list, images, labels) in [("training", "imagesTr", "labelsTr"), ("testing", "imagesTs", "labelsTs")] {
            let folder = "\(root.folder)/\(images)"
            guard FileStatus.isFolder(folder), !result.lists.contains(where: { $0.name == list }) else { continue }
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
                $0.hasSuffix(ending) && !$0.hasPrefix(".")
            }.sorted { $0.precedesInUTF8($1) }
            var channels: [String: [String]] = [:]
            for name in names {
                let stem = String(name.dropLast(ending.count))
                guard let cut = stem.lastIndex(of: "_"), stem[stem.index(after: cut)...].count == 4,
                    Int(stem[stem.index(after: cut)...]) != nil
                else {
                    throw OsteonError(.malformed, "\(images)/\(name) isn't named CASE_0000\(ending), as nnU-Net names its channels.")
                }
                channels[String(stem[..<cut]), default: []].append("\(images)/\(name)")
            }
            var cases: [Case] = []
            for (stem, found) in channels.sorted(by: { $0.key.precedesInUTF8($1.key) }) {
                let files = found.sorted { $0.dropLast(ending.count).suffix(4) < $1.dropLast(ending.count).suffix(4) }
                let name = stem.composed
                guard result.channels.isEmpty || files.count == result.channels.count else {
                    throw OsteonError(.malformed, "\(name) has \(files.count) channels of \(result.channels.count) in \(images).")
                }
                for (index, file) in files.enumerated() where Int(file.dropLast(ending.count).suffix(4)) != index {
                    throw OsteonError(.malformed, "\(name) has no channel \(index) in \(images), but \(file).")
                }
                let label = "\(labels)/\(stem)\(ending)"
                let isThere = root.has(label)
                var resolved: [String] = []
                for file in files { resolved.append(try root.resolve(file)) }
                cases.append(Case(name: name, images: resolved, reference: isThere ? .file(try root.resolve(label)) : nil))
            }
            if !cases.isEmpty { result.lists.append((list, cases)) }
        }
        guard !result.lists.isEmpty else { throw OsteonError(.unreadable, "There are no images in \(root.folder)/imagesTr or imagesTs.") }
        return result
    }

    /// Cases that the file lists by name, for data sets whose files lie elsewhere than in nnU-Net's folders.
    private static func listedCases(_ json: JSONValue, _ root: DataRoot) throws(OsteonError) -> [Case] {
        var cases: [Case] = []
        for member in try json.members() {
            try locating("dataset, \(member.name)") { () throws(OsteonError) in
                var images: [String] = []
                for image in try member.value.member("images").strings() { images.append(try root.resolve(image)) }
                guard !images.isEmpty else { throw OsteonError(.malformed, "The case has no image.") }
                let label = try member.value["label"]?.string()
                cases.append(
                    Case(
                        name: member.name.composed, images: images,
                        reference: try label.map { (path) throws(OsteonError) in .file(try root.resolve(path)) }))
            }
        }
        return cases
    }
}
