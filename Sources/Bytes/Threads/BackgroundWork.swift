import Glibc
import Synchronization

/// Work on a thread of its own, or on that of who waits for it where none can be started or the limit is one.
///
/// Not a dispatch queue: where the system refuses threads, those wait for ever.
package final class BackgroundWork: @unchecked Sendable {
    private let body: @Sendable () -> Void
    private var thread: pthread_t?
    private let isDone = Atomic(false)

    package convenience init(_ body: @escaping @Sendable () -> Void) { self.init(start: Self.startThread, body) }

    /// - Parameter start: begins a thread that runs the work; nil where it can't. A test makes it fail.
    package init(start: (BackgroundWork) -> pthread_t?, _ body: @escaping @Sendable () -> Void) {
        self.body = body
        if ThreadLimit.count != 1 { thread = start(self) }
    }

    /// Ends when the work is done.
    package func wait() {
        if let thread {
            pthread_join(thread, nil)
            self.thread = nil
        } else if !isDone.load(ordering: .acquiring) {
            run()
        }
    }

    deinit {
        // Started and never waited for: the thread has released this object, so it's at its end.
        if let thread { pthread_detach(thread) }
    }

    private func run() {
        body()
        isDone.store(true, ordering: .releasing)
    }

    private static func startThread(_ work: BackgroundWork) -> pthread_t? {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(work)
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<BackgroundWork>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            unsafe context.release()
            return nil
        }
        return thread
    }
}
