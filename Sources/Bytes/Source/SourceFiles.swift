import Synchronization

/// The files of one source, mapped so far.
final class SourceFiles: Sendable {
    /// A file that was reached over a link isn't one that truly lies in a folder.
    private struct Key: Hashable {
        var path: UTF8Name
        var isContained: Bool
    }

    private let files = Mutex<[Key: MappedFile]>([:])
    let digests = FileDigests()

    /// The mapping of the file at `path`, which `open` makes where there's none yet.
    func file(
        _ path: String, isContained: Bool, open: () throws(OsteonError) -> MappedFile
    ) throws(OsteonError) -> MappedFile {
        let key = Key(path: UTF8Name(path), isContained: isContained)
        if let known = files.withLock({ $0[key] }) { return known }
        let file = try open()
        return files.withLock { files in
            let result = files[key] ?? file
            files[key] = result
            return result
        }
    }
}
