import Synchronization

/// The most threads the process computes with: one setting for everything that starts threads.
package enum ThreadLimit {
    private static let chosen = Atomic<Int>(0)

    /// nil where there's none and each task takes what it's given.
    package static var count: Int? {
        let count = chosen.load(ordering: .relaxed)
        return count > 0 ? count : nil
    }

    /// Sets the limit; nil takes it away.
    package static func set(_ count: Int?) { chosen.store(count.map { max(1, $0) } ?? 0, ordering: .relaxed) }
}
