import Bytes
import CKernels

/// The process-wide pool that kernels compute on.
package enum Threads {
    /// The processors this process may use.
    package static var processorCount: Int { Int(osteon_processor_count()) }

    /// The number of threads to use where `wanted` are asked for: one each processor for nil and for less than 1, and never more
    /// than the process's limit.
    package static func resolve(_ wanted: Int?) -> Int {
        let most = min(Int(OSTEON_MAX_THREADS), ThreadLimit.count ?? .max)
        guard let wanted, wanted > 0 else { return min(processorCount, most) }
        return min(wanted, most)
    }

    /// Lets nothing in the process compute on more threads than these: kernels, images, metrics and digests alike. nil takes the
    /// limit away.
    package static func setLimit(_ count: Int?) {
        ThreadLimit.set(count)
        osteon_set_thread_limit(Int32(clamping: count ?? 0))
    }
}
