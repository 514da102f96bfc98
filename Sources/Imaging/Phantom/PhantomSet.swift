import Bytes
import Glibc

/// Phantoms as a data set on disk: `imagesTr`, `labelsTr` and `dataset_0.json`, as Clara and the Decathlon lay them out.
///
/// The validation list has the seeds from 1, the training list those from 1001, as for `fixtures/trained/segmentation_phantoms`.
package struct PhantomSet: Sendable {
    package var validation: Int
    package var training: Int

    package init(validation: Int = 8, training: Int = 8) {
        self.validation = validation
        self.training = training
    }

    private struct Entry {
        let seed: UInt64
        var file: String { "phantom_\(String(repeating: "0", count: max(0, 4 - "\(seed)".count)))\(seed).nii.gz" }

        var json: JSONValue { ["image": .string("imagesTr/\(file)"), "label": .string("labelsTr/\(file)")] }
    }

    /// Writes every case, then the list.
    /// - Returns: the list's path.
    /// - Throws: `.usage` for more than 1000 cases of a list, `.outputFailed`, also where another data list is there.
    @discardableResult
    package func write(to folder: String) throws(OsteonError) -> String {
        guard 0...1000 ~= validation, 0...1000 ~= training else { throw OsteonError(.usage, "A list of phantoms has 0 to 1000 cases.") }
        let path = "\(folder)/dataset_0.json"
        try Self.refuseOther(path)
        let lists = [
            ("training", (0..<training).map { Entry(seed: 1001 + UInt64($0)) }),
            ("validation", (0..<validation).map { Entry(seed: 1 + UInt64($0)) }),
        ]
        for name in ["imagesTr", "labelsTr"] { try OutputPaths.makeFolder("\(folder)/\(name)") }
        for entry in lists.flatMap(\.1) {
            let phantom = try Phantom(seed: entry.seed)
            try NIfTIWriter.write(phantom.image, to: "\(folder)/imagesTr/\(entry.file)")
            try NIfTIWriter.write(phantom.labels, to: "\(folder)/labelsTr/\(entry.file)")
        }
        let list: JSONValue = [
            "name": .string(Self.name), "description": "Drawn from seeds by osteon phantom.", "tensorImageSize": "3D",
            "modality": ["0": "phantom"],
            "labels": ["0": "background", "1": "core", "2": "shell"], "numTraining": .integer(training),
            "training": .array(lists[0].1.map(\.json)), "validation": .array(lists[1].1.map(\.json)),
        ]
        try AtomicFile.write(Array((list.text(.indented) + "\n").utf8), to: path, replacing: path)
        return path
    }

    private static let name = "Phantoms"

    /// A data list that's there already is replaced only where it's of phantoms: others name somebody's scans.
    private static func refuseOther(_ path: String) throws(OsteonError) {
        guard FileStatus.exists(path) else { return }
        let file = try MappedFile(path: path)
        let list = try? JSONValue(parsing: file.bytes)
        guard case .string(Self.name)? = list?["name"] else {
            throw OsteonError(.outputFailed, "\(path) is there already, and no list of phantoms. Give another folder.")
        }
    }
}
