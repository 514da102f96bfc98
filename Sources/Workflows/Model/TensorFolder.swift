import Bytes
import Tensors

/// A folder that takes tensors as `.npy` files, each value a file of its own.
package struct TensorFolder {
    private let path: String
    private let files: [UTF8Name: String]

    /// Makes the folder where it's missing.
    /// - Parameters:
    ///   - names: of all values that may be written.
    ///   - inputs: files that are read, which none of `outputs` may be written over.
    ///   - outputs: of the values that will be.
    package init(_ path: String, names: [String], outputs: [String], inputs: [String]) throws(OsteonError) {
        self.path = path
        files = Self.fileNames(names)
        let written = outputs.compactMap { [files] in files[UTF8Name($0)] }
        try OutputPaths.check(written.map { Paths.join(path, $0) }, inputs: inputs, makingFolders: true)
        try OutputPaths.makeFolder(path)
    }

    /// Writes `tensor` under the value's name; see `fileNames`.
    /// - Returns: the file's path.
    package func write(_ name: String, _ tensor: Tensor) throws(OsteonError) -> String {
        let file = Paths.join(path, files[UTF8Name(name)] ?? Self.marked(name))
        try NPY.write(tensor, to: file)
        return file
    }

    /// A file's name for each value: the value's, characters outside `A-Za-z0-9._-` as `_`.
    ///
    /// Where that's the same for several, or too long for a file system, the start of the name's SHA-256 is added; the one
    /// that is spelled so keeps it.
    package static func fileNames(_ names: [String]) -> [UTF8Name: String] {
        var users: [String: Set<UTF8Name>] = [:]
        var result: [UTF8Name: String] = [:]
        for name in names { users[plain(name), default: []].insert(UTF8Name(name)) }
        for (plain, names) in users {
            for name in names {
                let isPlain = plain.utf8.count <= longest && (names.count == 1 || UTF8Name(plain) == name)
                result[name] = isPlain ? plain + ".npy" : marked(name.text)
            }
        }
        return result
    }

    private static let longest = 200

    private static func plain(_ name: String) -> String { name.isEmpty ? "_" : FileName.plain(name, allowing: ".") }

    private static func marked(_ name: String) -> String {
        "\(plain(name).prefix(longest))-\(SHA256Digest(of: Array(name.utf8)).hexadecimal.prefix(8)).npy"
    }
}
