import Bytes

/// An `.npz` file of which an array is read when it's asked for: what nobody uses isn't decompressed.
package struct NPZFile {
    /// The arrays' names, in the order of the file's directory.
    package let names: [String]
    private let archive: ZipArchive
    private let file: MappedFile?

    /// - Throws: `.unreadable`, and as `ZipArchive` does; `.malformed` where a member isn't an array.
    package init(_ path: String) throws(OsteonError) {
        let file = try MappedFile(path: path)
        self = try locating(path) { () throws(OsteonError) in
            try file.settled { () throws(OsteonError) in try NPZFile(file.bytes, file) }
        }
    }

    /// Elements that lie as they should are used in place.
    package init(_ bytes: SharedBytes) throws(OsteonError) { try self.init(bytes, nil) }

    private init(_ bytes: SharedBytes, _ file: MappedFile?) throws(OsteonError) {
        archive = try ZipArchive(bytes)
        self.file = file
        var names: [String] = []
        for member in archive.members {
            guard member.name.hasSuffix(".npy") else {
                throw OsteonError(.malformed, "Member \(member.name) of the .npz file is not an array (.npy).")
            }
            names.append(String(member.name.dropLast(4)))
        }
        self.names = names
    }

    /// The array at a place of `names`.
    /// - Throws: as `NPY.read` and `ZipArchive` do.
    package func tensor(at place: Int) throws(OsteonError) -> Tensor {
        let member = archive.members[place]
        let read = { () throws(OsteonError) -> Tensor in
            let data = try archive.read(member)
            return try locating("member \(member.name)") { () throws(OsteonError) in try NPY.read(data) }
        }
        if let file { return try file.settled(read) }
        return try read()
    }

    /// The first array called `name`; nil where there's none.
    package func tensor(named name: String) throws(OsteonError) -> Tensor? {
        guard let place = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else { return nil }
        return try tensor(at: place)
    }

    /// Every array.
    package func all() throws(OsteonError) -> [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for (place, name) in names.enumerated() { result.append((name, try tensor(at: place))) }
        return result
    }
}
