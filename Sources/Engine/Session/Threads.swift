import CKernels

/// The process-wide pool that kernels compute on.
public enum Threads {
    /// The processors this process may use.
    public static var processorCount: Int { Int(osteon_processor_count()) }

    /// How many threads take part in a loop from now on; 0 means one each processor.
    public static func setCount(_ count: Int) { osteon_set_thread_count(Int32(clamping: count)) }
}
