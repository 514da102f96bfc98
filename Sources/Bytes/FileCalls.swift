import Foundation

/// The system calls that publish a file, as values, so that a test can make each of them fail.
///
/// Each returns what the call of the same name returns and sets `errno`.
package struct FileCalls: Sendable {
    package var open: @Sendable (_ path: String, _ flags: Int32) -> Int32
    package var write: @Sendable (_ descriptor: Int32, _ parts: [iovec]) -> Int
    package var sync: @Sendable (_ descriptor: Int32) -> Int32
    /// Gives the unnamed file behind `descriptor` a name.
    package var link: @Sendable (_ descriptor: Int32, _ path: String) -> Int32
    package var rename: @Sendable (_ from: String, _ to: String) -> Int32
    package var close: @Sendable (_ descriptor: Int32) -> Int32

    package static let system = FileCalls(
        open: { Foundation.open($0, $1, 0o666) },
        write: { writev($0, $1, Int32($1.count)) },
        sync: { fsync($0) },
        link: { linkat(AT_FDCWD, "/proc/self/fd/\($0)", AT_FDCWD, $1, AT_SYMLINK_FOLLOW) },
        rename: { Foundation.rename($0, $1) },
        close: { Foundation.close($0) })
    /// The same for files that only their owner may read, from the first moment on.
    package static let ownerOnly: FileCalls = {
        var calls = system
        calls.open = { Foundation.open($0, $1, 0o600) }
        return calls
    }()
}
