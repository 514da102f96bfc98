import Foundation

/// Looks at where results are to go before the work for them is done.
public enum OutputPaths {
    /// - Parameters:
    ///   - outputs: files that will be written, together.
    ///   - inputs: files that are read for them, which mustn't be written over.
    /// - Throws: `.usage` where an output is an input or two outputs are one file, `.outputFailed` where a file's folder isn't
    ///   there or can't be written to, or what's there is no regular file.
    public static func check(_ outputs: [String], inputs: [String] = []) throws(OsteonError) {
        let read = inputs.map(identity)
        var written: [Identity] = []
        for path in outputs {
            let own = identity(path)
            if read.contains(own) { throw OsteonError(.usage, "\(path) is an input; it would be written over. Give another name.") }
            if written.contains(own) { throw OsteonError(.usage, "\(path) is given for two outputs.") }
            written.append(own)
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
                throw OsteonError(.outputFailed, "Can't write \(path): it exists and is not a regular file.")
            }
            guard access(folder(of: path), W_OK | X_OK) == 0 else {
                throw OsteonError(.outputFailed, "Can't write \(path): \(String(cString: strerror(errno))).")
            }
        }
    }

    /// A file that's there by what it is, one that isn't by its folder and name.
    private enum Identity: Equatable {
        case file(device: UInt, number: UInt)
        case name(device: UInt, folder: UInt, String)
        case unknown(String)
    }

    private static func identity(_ path: String) -> Identity {
        var status = stat()
        if stat(path, &status) == 0 { return .file(device: UInt(status.st_dev), number: UInt(status.st_ino)) }
        guard stat(folder(of: path), &status) == 0 else { return .unknown(path) }
        return .name(device: UInt(status.st_dev), folder: UInt(status.st_ino), (path as NSString).lastPathComponent)
    }

    private static func folder(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }
}
