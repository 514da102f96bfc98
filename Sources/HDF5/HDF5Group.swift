import Bytes

/// A group of an HDF5 file: names of datasets and of other groups.
package struct HDF5Group {
    let file: HDF5File
    /// The names from the root, "/" for the root itself.
    package let path: String
    let address: Int

    /// The names in this group: in the order they were made in where the file tracks it, by their bytes otherwise.
    package func names() throws(OsteonError) -> [String] {
        try links().links.map { $0.name }
    }

    /// Whether there is something of this name in this group itself.
    package func contains(_ name: String) throws(OsteonError) -> Bool {
        try links()[name] != nil
    }

    /// What `path` ("a/b/c") leads to, name by name; a leading "/" starts from the root.
    /// - Throws: `.unsafeReference` where a name on the way is a link that isn't a plain one.
    package func child(_ path: String) throws(OsteonError) -> HDF5Object {
        var object = HDF5Object.group(path.utf8.first == UInt8(ascii: "/") ? file.root : self)
        for name in path.split(separator: "/", omittingEmptySubsequences: true) where name != "." {
            guard case .group(let group) = object else {
                throw OsteonError(.malformed, "\(object.path) is a dataset and has nothing named \(name) in it.")
            }
            object = try group.member(String(name))
        }
        return object
    }

    package func group(_ path: String) throws(OsteonError) -> HDF5Group {
        guard case .group(let group) = try child(path) else {
            throw OsteonError(.malformed, "\(path) in \(self.path) is a dataset, not a group.")
        }
        return group
    }

    package func dataset(_ path: String) throws(OsteonError) -> HDF5Dataset {
        guard case .dataset(let dataset) = try child(path) else {
            throw OsteonError(.malformed, "\(path) in \(self.path) is a group, not a dataset.")
        }
        return dataset
    }

    /// Every dataset in this group and the groups below, in the order of their names.
    /// - Throws: `.malformed` where a group contains itself.
    package func allDatasets() throws(OsteonError) -> [HDF5Dataset] {
        var result: [HDF5Dataset] = []
        try collectDatasets(into: &result, above: [])
        return result
    }

    private func collectDatasets(into result: inout [HDF5Dataset], above: [Int]) throws(OsteonError) {
        guard !above.contains(address) else { throw OsteonError(.malformed, "The group \(path) contains itself.") }
        guard above.count < 128 else { throw OsteonError(.limitExceeded, "The group \(path) lies more than 128 deep.") }
        for name in try names() {
            try file.ledger.spend(1024 + 8 * path.utf8.count)
            switch try member(name) {
            case .group(let group): try group.collectDatasets(into: &result, above: above + [address])
            case .dataset(let dataset): result.append(dataset)
            }
        }
    }

    /// The attribute `name`, nil where there is none.
    package func attribute(_ name: String) throws(OsteonError) -> HDF5Attribute? {
        try locating("group \(path)") { () throws(OsteonError) in try file.attribute(name, of: header()) }
    }

    /// In the order they were made in where the file tracks it, by their bytes otherwise.
    package func attributeNames() throws(OsteonError) -> [String] {
        try locating("group \(path)") { () throws(OsteonError) in try file.attributes(of: header()).attributes.map { $0.name } }
    }

    private func header() throws(OsteonError) -> ObjectHeader { try file.header(at: address) }

    private func links() throws(OsteonError) -> LinkTable {
        try locating("group \(path)") { () throws(OsteonError) in try file.links(of: header()) }
    }

    private func member(_ name: String) throws(OsteonError) -> HDF5Object {
        guard let link = try links()[name] else {
            throw OsteonError(.malformed, "There is nothing named \(name) in the group \(path).")
        }
        let itsPath = path == "/" ? "/\(name)" : "\(path)/\(name)"
        switch link.target {
        case .object(let address):
            return try locating(itsPath) { () throws(OsteonError) in
                let header = try file.header(at: address)
                if header.isGroup { return .group(HDF5Group(file: file, path: itsPath, address: address)) }
                return .dataset(try HDF5Dataset(file: file, path: itsPath, header: header))
            }
        case .soft:
            throw OsteonError(.unsafeReference, "\(itsPath) is a soft link; links by path aren't followed. Store the dataset itself there.")
        case .external:
            throw OsteonError(
                .unsafeReference, "\(itsPath) is a link into another file, which isn't followed. Store the dataset itself there.")
        case .userDefined(let type):
            throw OsteonError(.unsafeReference, "\(itsPath) is a link of the user-defined type \(type), which isn't followed.")
        }
    }
}

/// A group or a dataset.
package enum HDF5Object {
    case group(HDF5Group)
    case dataset(HDF5Dataset)

    package var path: String {
        switch self {
        case .group(let group): group.path
        case .dataset(let dataset): dataset.path
        }
    }
}
