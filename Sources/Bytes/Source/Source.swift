/// What a model is read from: a file, a folder, or what the names of several files begin with (a TensorFlow checkpoint's).
///
/// Every file of a source is opened once. Whoever asks for it again gets the same mapping, so that what is recognised, imported and
/// hashed is one content, whatever happens to the names on the disk meanwhile.
package struct Source: Sendable {
    package enum Content: Sendable {
        case file(MappedFile)
        case folder
        /// Nothing has this name, though the names of other files may begin with it; the error for who needs the file.
        case missing(OsteonError)
    }

    /// As the user gave it.
    package let path: String
    package let content: Content
    /// The folder itself, or the one that holds the file.
    package let folder: SourceFolder
    /// The file's name in `folder`; empty for the folder itself.
    package let name: String

    /// Opens the file at `path`, following links: the user named it.
    /// - Throws: `.unreadable` where what lies there can't be opened or is no regular file.
    package init(path: String) throws(OsteonError) {
        self.path = path
        let files = SourceFiles()
        guard !FileStatus.isFolder(path) else {
            (content, folder, name) = (.folder, SourceFolder(path: path, files: files), "")
            return
        }
        folder = SourceFolder(path: Paths.folder(of: path), files: files)
        name = Paths.name(of: path)
        do throws(OsteonError) {
            content = .file(try folder.map(name, as: path))
        } catch {
            guard !FileStatus.exists(path) else { throw error }
            content = .missing(error)
        }
    }

    /// What lies at `location` in a folder of another source.
    init(at location: String, in root: SourceFolder) throws(OsteonError) {
        path = root.path(of: location)
        guard !location.isEmpty, !root.isFolder(location) else {
            (content, folder, name) = (.folder, root.folder(location), "")
            return
        }
        let above = Paths.folder(of: location)
        folder = above == "." ? root : root.folder(above)
        name = Paths.name(of: location)
        do throws(OsteonError) {
            content = .file(try folder.map(name))
        } catch {
            guard error.code == .unreadable else { throw error }
            content = .missing(error)
        }
    }

    package var isFolder: Bool { if case .folder = content { true } else { false } }

    /// The file; nil for a folder and where nothing has this very name.
    package var file: MappedFile? { if case .file(let file) = content { file } else { nil } }

    /// The file.
    /// - Throws: `.unreadable` for a folder and where nothing has this very name.
    package func mapped() throws(OsteonError) -> MappedFile {
        switch content {
        case .file(let file): return file
        case .folder: throw OsteonError(.unreadable, "\(path) is not a regular file.")
        case .missing(let error): throw error
        }
    }

    /// A further file that the user names, wherever it lies: the description of the network beside its weights.
    package func mapGiven(_ path: String) throws(OsteonError) -> MappedFile {
        try folder.files.file(path, isContained: false) { () throws(OsteonError) in try MappedFile(path: path) }
    }

    /// The digests of the source's files.
    package var digests: FileDigests { folder.files.digests }
}
