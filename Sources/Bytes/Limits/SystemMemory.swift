import Glibc

/// The memory this process could have.
package enum SystemMemory {
    /// Three quarters of what the machine, its container and the process's own limits leave: the rest is for code, for what isn't
    /// counted and for others.
    static let share: Int = available / 4 * 3

    /// What a process needs for its code, its libraries and small values, which no budget counts.
    private static let leastAddressSpace = 192 << 20

    /// Refuses a limit on the address space (`ulimit -v`) under which small allocations could fail anywhere.
    /// - Throws: `.limitExceeded`.
    package static func checkAddressSpace() throws(OsteonError) {
        guard let limit = addressSpace, limit < leastAddressSpace else { return }
        throw OsteonError(
            .limitExceeded,
            "This process may use \(limit >> 20) MiB of address space (ulimit -v); it needs \(leastAddressSpace >> 20) MiB at least.")
    }

    /// The limit on this process's address space in bytes; nil where there is none.
    private static var addressSpace: Int? {
        var space = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space) == 0 else { return nil }
        return Int(exactly: space.rlim_cur)
    }

    private static var available: Int {
        var least = Int.max
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        if pages > 0, size > 0 { least = min(least, (try? Checked.multiply(pages, size)) ?? .max) }
        if let addressSpace { least = min(least, addressSpace) }
        for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            if let limit = number(path), limit > 0 { least = min(least, limit) }
        }
        return least == .max ? 16 << 30 : least
    }

    /// The number in a small file of the system's; nil for none, and for `max`.
    private static func number(_ path: String) -> Int? {
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe fclose(file) }
        var text = [CChar](repeating: 0, count: 64)
        guard unsafe fgets(&text, Int32(text.count), file) != nil else { return nil }
        return Int(String(decoding: text.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
