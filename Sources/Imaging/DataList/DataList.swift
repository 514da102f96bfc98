import Bytes
import Glibc

/// Cases of a data set: images, and what they should become.
package struct DataList: Sendable {
    /// What's known to be right for a case.
    package enum Reference: Sendable, Hashable {
        /// A label map's file.
        case file(String)
        /// A number for each label, of classifications.
        case values([Double])
    }

    package struct Case: Sendable, Hashable {
        /// The case's name: its first file's without ending (and without nnU-Net's channel number).
        package var name: String
        /// One file with all channels, or a file a channel.
        package var images: [String]
        /// nil where the list gives none.
        package var reference: Reference?

        package init(name: String, images: [String], reference: Reference? = nil) {
            self.name = name
            self.images = images
            self.reference = reference
        }

        /// Every file the case is read from, the label too.
        package var files: [String] {
            var paths = images
            if case .file(let label)? = reference { paths.append(label) }
            return paths.flatMap(VolumeFile.parts(of:))
        }
    }

    /// A structure that's several label values together, or one of a list that has such.
    package struct Region: Sendable, Hashable {
        package var name: String
        package var values: [Int]
        /// As nnU-Net's `summary.json` names it: `(1, 2, 3)`, or `3` where the list gives a single number.
        package var key: String

        package init(name: String, values: [Int], key: String) {
            self.name = name
            self.values = values
            self.key = key
        }
    }

    package var name: String
    /// Channel names by index.
    package var channels: [String]
    /// Label names by value, the background included where it's named; regions and the value to be ignored aren't among them.
    package var labels: [Int: String]
    /// The value of voxels that nobody has annotated: they count for nothing (nnU-Net's `ignore`).
    package var ignored: Int?
    /// All structures of a list in which one has several values, in the list's order; else empty.
    package var regions: [Region] = []
    /// nnU-Net's `regions_class_order`: the label that a region's channel becomes, later regions over earlier ones.
    package var classOrder: [Int] = []
    /// What isn't as it should be, but doesn't keep the list from being used.
    package var notes: [String] = []
    /// The lists there are and their cases, in the file's order.
    package var lists: [(name: String, cases: [Case])]

    /// The values a label map may hold, rising; empty where the list names none.
    package var knownValues: [Int] {
        let named = Set(labels.keys).union(regions.flatMap(\.values))
        return named.isEmpty ? [] : named.union([0]).union(ignored.map { [$0] } ?? []).sorted()
    }

    /// The cases of the list called `name`; of the only list, or of the first of `validation`, `testing`, `training` that has
    /// cases with a reference, for nil.
    package func cases(_ name: String? = nil) throws(OsteonError) -> [Case] {
        if let name {
            guard let list = lists.first(where: { $0.name == name }) else {
                throw OsteonError(.usage, "There's no list \(name); there are \(lists.map(\.name).joined(separator: ", ")).")
            }
            return list.cases
        }
        if lists.count == 1 { return lists[0].cases }
        for wanted in ["validation", "test", "testing", "training"] {
            if let list = lists.first(where: { $0.name == wanted }), list.cases.contains(where: { $0.reference != nil }) {
                return list.cases
            }
        }
        throw OsteonError(.usage, "Which list is meant? There are \(lists.map(\.name).joined(separator: ", ")).")
    }
}
