import Glibc

/// Looks at where results are to go before the work for them is done.
package enum OutputPaths {
    /// - Parameters:
    ///   - outputs: files that will be written, together.
    ///   - inputs: files that are read for them, which mustn't be written over; of a folder, every file in it, and of a
    ///     TensorFlow checkpoint's prefix, the checkpoint's files. Files this process has read already needn't be named; see `FileLedger`.
    ///   - makingFolders: whether folders that aren't there yet will be made.
    /// - Throws: `.usage` where an output is an input or two outputs are one file, `.outputFailed` where a file's folder isn't
    ///   there or can't be written to, or what's there is no regular file.
    package static func check(_ outputs: [String], inputs: [String] = [], makingFolders: Bool = false) throws(OsteonError) {
        let read = Set(inputs.map { FileIdentity($0) })
        let folders = inputs.filter(FileStatus.isFolder).compactMap(Paths.real)
        let prefixes = inputs.filter { !FileStatus.exists($0) }
        var written: Set<FileIdentity> = []
        for path in outputs {
            let own = FileIdentity(path)
            if read.contains(own) { throw isInput(path) }
            if !written.insert(own).inserted { throw isTwice(path) }
            try FileLedger.admit(path)
            try refuseParts(path, folders, prefixes)
            if let status = SystemCalls.status(path), status.st_mode & S_IFMT != S_IFREG {
                throw OsteonError(.outputFailed, "Can't write \(path): it exists and is not a regular file.")
            }
            var folder = Paths.folder(of: path)
            while makingFolders, !FileStatus.exists(folder), folder != ".", folder != "/" { folder = Paths.folder(of: folder) }
            if let status = SystemCalls.status(folder), status.st_mode & S_IFMT != S_IFDIR { throw failure(path, ENOTDIR) }
            guard SystemCalls.access(folder, W_OK | X_OK) == 0 else { throw failure(path, errno) }
        }
    }

    /// Makes a folder and those above it where they're missing.
    /// - Throws: `.outputFailed`.
    package static func makeFolder(_ path: String) throws(OsteonError) {
        if FileStatus.isFolder(path) { return }
        var missing: [String] = []
        var folder = path
        while !FileStatus.exists(folder), folder != ".", folder != "/" {
            missing.append(folder)
            folder = Paths.folder(of: folder)
        }
        if missing.isEmpty { throw folderFailure(path, ENOTDIR) }
        for folder in missing.reversed()
        where SystemCalls.makeFolder(folder, mode: 0o777) != 0 && !(errno == EEXIST && FileStatus.isFolder(folder)) {
            throw folderFailure(path, errno)
        }
    }

    private static func folderFailure(_ path: String, _ reason: Int32) -> OsteonError {
        OsteonError(.outputFailed, "Can't make the folder \(path): \(SystemCalls.reason(reason)).")
    }

    static func failure(_ path: String, _ reason: Int32) -> OsteonError {
        OsteonError(.outputFailed, "Can't write \(path): \(SystemCalls.reason(reason)).")
    }

    static func isInput(_ path: String) -> OsteonError {
        OsteonError(.usage, "\(path) is an input; it would be written over. Give another name.")
    }

    static func isTwice(_ path: String) -> OsteonError {
        OsteonError(.usage, "\(path) is given for two outputs; each needs a name of its own.")
    }

    /// A file of an input's folder is part of the input, whether it's read or not; so are the files of a checkpoint.
    private static func refuseParts(_ path: String, _ folders: [String], _ prefixes: [String]) throws(OsteonError) {
        guard !folders.isEmpty || !prefixes.isEmpty, let real = Paths.real(path) else { return }
        for folder in folders where real.utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8) {
            throw OsteonError(
                .usage, "\(path) is a file of the input \(folder); it would be written over. Give another name, or remove it first.")
        }
        for prefix in prefixes {
            guard let folder = Paths.real(Paths.folder(of: prefix)) else { continue }
            let start = Paths.join(folder, Paths.name(of: prefix))
            let isShard = real.utf8.starts(with: (start + ".data-").utf8)
            if isShard || [".index", ".meta"].contains(where: { UTF8Name(start + $0) == UTF8Name(real) }) { throw isInput(path) }
        }
    }
}
