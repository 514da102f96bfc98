import Bytes
import Glibc
import Workflows

/// stdout and stderr: the one place that writes to them, and where a parameter that a message names gets its flag.
///
/// A result that can't be written is an error. Progress that can't be written is lost, and the work goes on. What's shown is made
/// safe for a terminal by `TerminalText`, line by line.
enum Console {
    private static let output: Int32 = 1, errors: Int32 = 2

    /// Before anything is opened or written.
    static func start() {
        // A reader that has gone, or a limit on file sizes, then gives an error that can be reported, not a signal.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        // A closed descriptor would be given to the next file that's opened, and messages written into that. Read-only, it still
        // refuses what's written.
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDONLY) }
    }

    /// Writes a result.
    /// - Throws: `.outputFailed` where it can't be written.
    static func show(_ lines: [String]) throws(OsteonError) {
        try result(lines.map { TerminalText.line($0) + "\n" }.joined())
    }

    static func show(_ line: String) throws(OsteonError) { try show([line]) }

    static func show(_ json: JSONValue) throws(OsteonError) { try result(TerminalText.json(json.text(.indented)) + "\n") }

    /// Writes text of the argument parser: help, a version, a completion script.
    static func show(text: String) throws(OsteonError) {
        try show(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    private static func result(_ text: String) throws(OsteonError) {
        let reason = write(text, to: output)
        if reason != 0 { throw failure(reason) }
    }

    /// Reports the progress of the work.
    static func progress(_ line: String) { message(TerminalText.lines(line)) }

    /// Draws a line over the one before.
    static func redraw(_ line: String) { _ = write("\r\u{1B}[K" + TerminalText.line(line), to: errors) }

    /// Leaves a line that was drawn.
    static func endLine() { _ = write("\n", to: errors) }

    /// Reports why the command failed.
    static func fail(_ error: OsteonError) { message(TerminalText.lines("osteon: \(error)")) }

    /// Reports what the argument parser found.
    static func fail(text: String) {
        message(text.split(separator: "\n", omittingEmptySubsequences: false).map { TerminalText.line(String($0)) })
    }

    private static func message(_ lines: [String]) { _ = write(lines.map { $0 + "\n" }.joined(), to: errors) }

    /// After the last result: some file systems report only now that there was no room.
    static func finish() throws(OsteonError) {
        if close(output) != 0, errno != EBADF { throw failure(errno) }
    }

    private static func failure(_ reason: Int32) -> OsteonError {
        OsteonError(.outputFailed, "Can't write to standard output: \(String(cString: strerror(reason))).")
    }

    /// - Returns: 0, or the system's reason.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = Parameter.spelled(in: text) { "--\($0.rawValue)" }
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, start, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno == EAGAIN {
                    // A pipe that doesn't block: wait for its reader.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if count == 0 || errno != EINTR {
                    return count == 0 ? EIO : errno
                }
            }
            return 0
        }
    }
}
