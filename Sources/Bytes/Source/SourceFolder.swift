import FoundationEssentials

/// A folder whose files belong to a source, each mapped once.
package struct SourceFolder: Sendable {
    package let path: String
    let files: SourceFiles
    /// Where only files are opened that truly lie in a folder: that folder, and where this one is in it.
    private let container: (directory: ContainedDirectory, location: String)?

    /// Follows links.
    init(path: String, files: SourceFiles) {
        self.init(path, files, nil)
    }

    private init(_ path: String, _ files: SourceFiles, _ container: (ContainedDirectory, String)?) {
        self.path = path
        self.files = files
        self.container = container
    }

    /// The same folder, of which only files are opened that truly lie in it; see `ContainedDirectory`. For names that come out of a file.
    /// - Throws: `.unreadable` where the folder can't be opened.
    package func contained() throws(OsteonError) -> SourceFolder {
        container == nil ? SourceFolder(path, files, (try ContainedDirectory(path: path), "")) : self
    }

    /// The path of what lies at `location`, a path relative to the folder; empty for the folder itself.
    package func path(of location: String) -> String { location.isEmpty ? path : Paths.join(path, location) }

    /// Maps the file at `location`.
    /// - Throws: `.unreadable`; of a contained folder `.unsafeReference` for what doesn't truly lie in it.
    package func map(_ location: String) throws(OsteonError) -> MappedFile { try map(location, as: path(of: location)) }

    /// - Parameter path: the same place, as the user wrote it.
    func map(_ location: String, as path: String) throws(OsteonError) -> MappedFile {
        try files.file(path, isContained: container != nil) { () throws(OsteonError) in
            guard let (directory, own) = container else { return try MappedFile(path: path) }
            return try directory.map(Paths.join(own, location))
        }
    }

    /// The folder at `location`, contained as this one is.
    func folder(_ location: String) -> SourceFolder {
        location.isEmpty
            ? self : SourceFolder(path(of: location), files, container.map { ($0.directory, Paths.join($0.location, location)) })
    }

    /// What lies at `location`, as a source of its own that shares this one's files.
    /// - Throws: of a contained folder `.unsafeReference` for what doesn't truly lie in it.
    package func source(at location: String) throws(OsteonError) -> Source { try Source(at: location, in: self) }

    /// The names in the folder, or in one of its folders, in the order of their bytes; none where there's no such folder.
    package func names(in location: String = "") -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path(of: location))) ?? []
        return names.sorted { $0.precedesInUTF8($1) }
    }

    /// Whether there's something at `location`, which says nothing of what may be opened.
    package func contains(_ location: String) -> Bool { FileStatus.exists(path(of: location)) }

    /// Whether it's a folder: in a contained one no link to one.
    package func isFolder(_ location: String) -> Bool {
        let path = path(of: location)
        return container == nil ? FileStatus.isFolder(path) : FileStatus.isFolderItself(path)
    }
}
