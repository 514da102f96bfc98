import Glibc
import Synchronization

/// The files this process has read and written, so that it can't write over what it lives on, nor over its own results.
///
/// A command line turns it on; then whatever was mapped is an input, however it was found: named as an argument, in a model's
/// folder, by a data list. A program that uses the library and means to replace what it read leaves it off.
package enum FileLedger {
    private struct State {
        var isOn = false
        /// What was read and what was written, and when it had last been changed: the number of a file that's gone may be another's
        /// by now, for one of a process that exports to the same place.
        var read: [FileIdentity: Set<FileTime>] = [:]
        var written: [FileIdentity: Set<FileTime>] = [:]
    }

    private static let state = Mutex(State())

    /// From now on files are kept in mind.
    package static func begin() { state.withLock { $0.isOn = true } }

    static func noteRead(_ status: stat) {
        state.withLock { if $0.isOn { $0.read[FileIdentity(status), default: []].insert(FileTime(status)) } }
    }

    static func noteWritten(_ path: String) {
        guard let status = SystemCalls.status(path) else { return }
        state.withLock { if $0.isOn { $0.written[FileIdentity(status), default: []].insert(FileTime(status)) } }
    }

    /// - Parameter replaced: the one file read that may be written over, because that's what was asked for.
    /// - Throws: `.usage` where `path` is a file that was read, or written before.
    static func admit(_ path: String, replacing replaced: String? = nil) throws(OsteonError) {
        let file = FileIdentity(path)
        guard let status = SystemCalls.status(path) else { return }
        let time = FileTime(status)
        let (isRead, isWritten) = state.withLock { state in
            (state.read[file]?.contains(time) == true, state.written[file]?.contains(time) == true)
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
