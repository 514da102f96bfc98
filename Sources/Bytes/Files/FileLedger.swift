import Foundation
import Synchronization

/// The files this process has read and written, so that it can't write over what it lives on, nor over its own results.
///
/// A command line turns it on; then whatever was mapped is an input, however it was found: named as an argument, in a model's
/// folder, by a data list. A program that uses the library and means to replace what it read leaves it off.
public enum FileLedger {
    private struct State {
        var isOn = false
        var read: Set<FileIdentity> = []
        var written: Set<FileIdentity> = []
    }

    private static let state = Mutex(State())

    /// From now on files are kept in mind.
    public static func begin() { state.withLock { $0.isOn = true } }

    static func noteRead(_ status: stat) {
        state.withLock { if $0.isOn { $0.read.insert(FileIdentity(status)) } }
    }

    static func noteWritten(_ path: String) {
        let file = FileIdentity(path)
        state.withLock { if $0.isOn { $0.written.insert(file) } }
    }

    /// - Parameter replaced: the one file read that may be written over, because that's what was asked for.
    /// - Throws: `.usage` where `path` is a file that was read, or written before.
    static func admit(_ path: String, replacing replaced: String? = nil) throws(OsteonError) {
        let file = FileIdentity(path)
        let (isRead, isWritten) = state.withLock { ($0.read.contains(file), $0.written.contains(file)) }
        if isWritten { throw OutputPaths.isTwice(path) }
        if isRead, replaced.map({ FileIdentity($0) != file }) ?? true { throw OutputPaths.isInput(path) }
    }
}
