import CKernels

/// The process-wide pool that kernels compute on.
public enum Threads {
    /// The processors this process may use.
    public static var processorCount: Int { Int(osteon_processor_count()) }

    /// The number of threads to use where `wanted` are asked for: one each processor for nil and for less than 1.
    public static func resolve(_ wanted: Int?) -> Int {
        guard let wanted, wanted > 0 else { return min(processorCount, Int(OSTEON_MAX_THREADS)) }
        return min(wanted, Int(OSTEON_MAX_THREADS))
    }
}
