import Glibc
import Synchronization

/// The files this process has read and written, so that it can't write over what it lives on, nor over its own results.
///
/// A command line turns it on; then whatever was mapped is an input, however it was found: named as an argument, in a model's
/// folder, by a data list. A program that uses the library and means to replace what it read leaves it off.
package enum FileLedger {
    private struct State {
        var isOn = false
        /// What was read, and when it had last been written: the number of a file that's gone may be another's by now.
        var read: [FileIdentity: Set<FileTime>] = [:]
        var written: Set<FileIdentity> = []
    }

    private static let state = Mutex(State())

    /// From now on files are kept in mind.
    package static func begin() { state.withLock { $0.isOn = true } }

    static func noteRead(_ status: stat) {
        state.withLock { if $0.isOn { $0.read[FileIdentity(status), default: []].insert(FileTime(status)) } }
    }

    static func noteWritten(_ path: String) {
        let file = FileIdentity(path)
        state.withLock { if $0.isOn { $0.written.insert(file) } }
    }

    /// - Parameter replaced: the one file read that may be written over, because that's what was asked for.
    /// - Throws: `.usage` where `path` is a file that was read, or written before.
    static func admit(_ path: String, replacing replaced: String? = nil) throws(OsteonError) {
        let file = FileIdentity(path)
        var status = stat()
        let time = stat(path, &status) == 0 ? FileTime(status) : nil
        let (isRead, isWritten) = state.withLock { state in
            (time.map { state.read[file]?.contains($0) == true } ?? false, state.written.contains(file))
        }
        if isWritten { throw OutputPaths.isTwice(path) }
        if isRead, replaced.map({ FileIdentity($0) != file }) ?? true { throw OutputPaths.isInput(path) }
    }
}

/// When a file was last written, to the nanosecond.
private struct FileTime: Hashable {
    let seconds: Int, nanoseconds: Int

    init(_ status: stat) {
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
