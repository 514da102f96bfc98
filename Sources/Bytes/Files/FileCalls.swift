import Glibc

/// The system calls that publish a file, as values, so that a test can make each of them fail.
///
/// Each returns what the call of the same name returns and sets `errno`.
package struct FileCalls: Sendable {
    package var open: @Sendable (_ path: String, _ flags: Int32) -> Int32
    package var write: @Sendable (_ descriptor: Int32, _ parts: [SharedBytes]) -> Int
    package var sync: @Sendable (_ descriptor: Int32) -> Int32
    /// Gives the unnamed file behind `descriptor` a name.
    package var link: @Sendable (_ descriptor: Int32, _ path: String) -> Int32
    package var rename: @Sendable (_ from: String, _ to: String) -> Int32
    package var close: @Sendable (_ descriptor: Int32) -> Int32

    package static let system = FileCalls(
        open: { SystemCalls.open($0, $1, mode: 0o666) },
        write: { SystemCalls.write($0, $1) },
        sync: { fsync($0) },
        link: { SystemCalls.link($0, $1) },
        rename: { SystemCalls.rename($0, $1) },
        close: { Glibc.close($0) })
    /// The same for files that mustn't be there yet.
    /// - Parameter isSecret: whether only their owner may read them, from the first moment on.
    static func creating(isSecret: Bool) -> FileCalls {
        var calls = system
        if isSecret { calls.open = { SystemCalls.open($0, $1, mode: 0o600) } }
        calls.rename = { from, to in
            // A file system without hard links can only look first.
            if SystemCalls.link(from, to) != 0 {
                guard errno == EPERM || errno == EOPNOTSUPP else { return -1 }
                if SystemCalls.access(to, F_OK) == 0 {
                    errno = EEXIST
                    return -1
                }
                return SystemCalls.rename(from, to)
            }
            SystemCalls.unlink(from)
            return 0
        }
        return calls
    }
}
