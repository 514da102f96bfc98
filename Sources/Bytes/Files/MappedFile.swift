import CSystem
import Glibc
import Synchronization

/// A regular file mapped read-only, unmapped when the last reference goes.
///
/// Only regular files are taken: a pipe or device has no size to check against. Bytes taken from it keep it mapped. A file that's cut
/// short meanwhile reads as zeros from there on instead of ending the process; `check` reports it, and whoever has read a file calls it
/// before its content counts.
@safe package final class MappedFile: @unchecked Sendable {
    package let path: String
    private let mapping: UnsafeRawBufferPointer
    private let state: FileState
    private let watch: Int32
    /// Whether it has been reported that the file changed.
    private let isTold = Atomic(false)

    package var count: Int { unsafe mapping.count }
    package var bytes: SharedBytes { unsafe SharedBytes(unsafe: mapping, owner: self) }

    /// Maps the file at `path`.
    /// - Throws: `.unreadable` where it can't be opened, isn't a regular file or can't be mapped.
    package convenience init(path: String) throws(OsteonError) {
        let descriptor = SystemCalls.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw OsteonError(.unreadable, "Can't open \(path): \(SystemCalls.reason(errno)).")
        }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path)
    }

    /// Maps an open file; the descriptor stays the caller's to close.
    package init(descriptor: Int32, path: String) throws(OsteonError) {
        guard let status = SystemCalls.status(of: descriptor) else {
            throw OsteonError(.unreadable, "Can't read the size of \(path): \(SystemCalls.reason(errno)).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OsteonError(.unreadable, "\(path) is not a regular file.")
        }
        FileLedger.noteRead(status)
        let size = Int(status.st_size)
        self.path = path
        state = FileState(status)
        guard size > 0 else {
            unsafe mapping = UnsafeRawBufferPointer(start: nil, count: 0)
            watch = -1
            return
        }
        guard let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe start != MAP_FAILED else {
            throw OsteonError(.unreadable, "Can't map \(path): \(SystemCalls.reason(errno)).")
        }
        unsafe mapping = UnsafeRawBufferPointer(start: start, count: size)
        watch = unsafe osteon_guard_add(start, size)
        MemoryBudget.process.inputOpened(size)
        InputWatch.add(self)
    }

    deinit {
        guard let start = unsafe mapping.baseAddress else { return }
        InputWatch.remove(self)
        osteon_guard_remove(watch)
        unsafe munmap(UnsafeMutableRawPointer(mutating: start), count)
        MemoryBudget.process.inputClosed(count)
    }

    /// Whether bytes were missing when they were read, or the file isn't what it was when it was mapped.
    private var isChanged: Bool { osteon_guard_faults(watch) > 0 || state.isChanged(at: path) }

    /// Whether it is, and that hasn't been reported.
    fileprivate var isLost: Bool { !isTold.load(ordering: .relaxed) && isChanged }

    /// Checks that the file is still what it was: what was read from it then is its content.
    /// - Throws: `.unreadable` where it was cut short or written to since it was mapped.
    package func check() throws(OsteonError) {
        guard isChanged else { return }
        isTold.store(true, ordering: .relaxed)
        throw InputWatch.changed(path)
    }

    /// What `body` makes of the file; whatever came of it, an error where the file changed meanwhile.
    /// - Throws: `.unreadable` then, else what `body` throws.
    package func settled<T>(_ body: () throws(OsteonError) -> T) throws(OsteonError) -> T {
        let result: T
        do { result = try body() } catch {
            try check()
            throw error
        }
        try check()
        return result
    }

    /// Gives the memory of the bytes before `end` back to the system; they're read from the file again when touched.
    /// For readers that go through a large file once, so that it never takes memory as a whole.
    package func release(before end: Int) {
        guard let start = unsafe mapping.baseAddress, end > 0, end <= count else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard page > 0 else { return }
        unsafe madvise(UnsafeMutableRawPointer(mutating: start), end == count ? count : end / page * page, MADV_DONTNEED)
    }
}

/// What the system says of a file that changes when its content does.
private struct FileState {
    private let device: UInt, number: UInt, size: Int, seconds: Int, nanoseconds: Int

    init(_ status: stat) {
        device = UInt(status.st_dev)
        number = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = Int(status.st_mtim.tv_sec)
        nanoseconds = Int(status.st_mtim.tv_nsec)
    }

    /// Another file under the same name (or none) is no change: the mapping still shows the one that was opened.
    func isChanged(at path: String) -> Bool {
        guard let status = SystemCalls.status(path) else { return false }
        let now = FileState(status)
        guard now.device == device, now.number == number else { return false }
        return now.size != size || now.seconds != seconds || now.nanoseconds != nanoseconds
    }
}

/// The files that are mapped, and those found changed when they were released without a reader having said so: for a command, which
/// writes nothing once there's one.
package enum InputWatch {
    /// A mapped file, not retained: its entry is taken out, under the lock, before the object goes.
    @safe private struct Entry {
        private let file: Unmanaged<MappedFile>

        init(_ file: MappedFile) { unsafe self.file = .passUnretained(file) }

        var lostPath: String? { unsafe file._withUnsafeGuaranteedRef { $0.isLost ? $0.path : nil } }
    }

    private struct State {
        var isStrict = false
        var open: [ObjectIdentifier: Entry] = [:]
        var lost: String?
    }

    private static let state = Mutex(State())

    /// From now on no file is published where an input has changed since it was mapped. For processes that do one task: with
    /// several, one's input would keep the others from writing.
    package static func guardOutputs() { state.withLock { $0.isStrict = true } }

    static func add(_ file: MappedFile) { state.withLock { $0.open[ObjectIdentifier(file)] = Entry(file) } }

    static func remove(_ file: MappedFile) {
        state.withLock { state in
            state.open[ObjectIdentifier(file)] = nil
            if state.isStrict, state.lost == nil, file.isLost { state.lost = file.path }
        }
    }

    /// The first input found changed, where outputs are guarded.
    private static var changedPath: String? {
        state.withLock { state in
            guard state.isStrict else { return nil }
            return state.lost ?? state.open.values.lazy.compactMap(\.lostPath).first
        }
    }

    /// - Throws: `.unreadable` where outputs are guarded and an input isn't what it was when it was mapped.
    package static func check() throws(OsteonError) {
        if let path = changedPath { throw changed(path) }
    }

    static func changed(_ path: String) -> OsteonError {
        OsteonError(
            .unreadable,
            """
            \(path) changed while it was read: it was cut short or written to. Nothing made from it counts; run it again when the \
            file is whole.
            """
        )
    }
}
