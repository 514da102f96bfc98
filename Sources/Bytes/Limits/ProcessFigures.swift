#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Time that passes, on a clock that only goes forward.
package struct Stopwatch: Sendable {
    private var start: Int

    package init() { start = Self.now() }

    /// Nanoseconds since it was made or last lapped.
    package var nanoseconds: Int { Self.now() - start }

    /// Seconds since it was made or last lapped.
    package var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Seconds since it was made or last lapped; it starts again.
    package mutating func lap() -> Double {
        let now = Self.now()
        defer { start = now }
        return Double(now - start) / 1e9
    }

    private static func now() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// What this process has used.
package enum ProcessFigures {
    /// The largest resident size it has had, in bytes.
    package static var peakByteCount: Int {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }
}
