import Synchronization

/// How much memory may be taken, and how much of it is.
///
/// Tensors, arenas and what's decompressed take from the budget before they're allocated and give back when they go; arrays whose
/// sizes come from a file or a graph are checked against what's left. So a small file that asks for much is an error that says
/// so, never a machine without memory. One budget holds for the process (a command is one), or for what runs in `with`.
package final class MemoryBudget: @unchecked Sendable {
    /// The one of the process.
    package static let process = MemoryBudget()
    @TaskLocal private static var own: MemoryBudget?

    /// The budget that counts here.
    package static var current: MemoryBudget { own ?? process }

    /// What every process may take, however small its inputs are.
    package static let least = 4 << 30
    /// Bytes of memory for each byte of the files that are open at once.
    package static let perInputByte = 64

    /// 0 where the limit follows from the machine and the inputs.
    private let chosen: Atomic<Int>
    private let taken = Atomic<Int>(0)
    private let openInputs = Atomic<Int>(0)
    private let mostInputs = Atomic<Int>(0)

    /// - Parameter limit: bytes; nil for a share of the machine's memory, and no more than inputs of their size can need.
    package init(limit: Int? = nil) { chosen = Atomic(limit.map { max(1, $0) } ?? 0) }

    /// Runs `body` under this budget.
    package func with<T>(_ body: () throws(OsteonError) -> T) throws(OsteonError) -> T {
        let result: Result<T, OsteonError> = Self.$own.withValue(self) {
            do throws(OsteonError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Sets the limit in bytes; nil for the one that follows from machine and inputs.
    package func setLimit(_ limit: Int?) { chosen.store(limit.map { max(1, $0) } ?? 0, ordering: .relaxed) }

    /// The most bytes that may be taken at once.
    package var limit: Int {
        let own = chosen.load(ordering: .relaxed)
        if own > 0 { return own }
        let (share, overflow) = mostInputs.load(ordering: .relaxed).multipliedReportingOverflow(by: Self.perInputByte)
        return min(SystemMemory.share, overflow ? .max : Self.least + min(share, .max - Self.least))
    }

    package var used: Int { taken.load(ordering: .relaxed) }

    /// Takes `byteCount` bytes, to be given back by `release`.
    /// - Throws: `.limitExceeded` where the budget doesn't hold them.
    package func reserve(_ byteCount: Int) throws(OsteonError) {
        let before = taken.wrappingAdd(byteCount, ordering: .relaxed).oldValue
        guard byteCount >= 0, byteCount <= limit - before else {
            taken.wrappingSubtract(byteCount, ordering: .relaxed)
            throw exceeded(byteCount, before)
        }
    }

    package func release(_ byteCount: Int) { taken.wrappingSubtract(byteCount, ordering: .relaxed) }

    /// Checks that `count` elements of `size` bytes could be taken now.
    /// - Throws: `.limitExceeded` where the budget doesn't hold them.
    package func check(_ count: Int, of size: Int = 1) throws(OsteonError) {
        let used = used
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        guard count >= 0, !overflow, bytes <= limit - used else { throw exceeded(overflow ? .max : bytes, used) }
    }

    /// Counts a file that's open, from which the limit follows, until `inputClosed`.
    func inputOpened(_ byteCount: Int) {
        let now = openInputs.wrappingAdd(byteCount, ordering: .relaxed).newValue
        _ = mostInputs.max(now, ordering: .relaxed)
    }

    func inputClosed(_ byteCount: Int) { openInputs.wrappingSubtract(byteCount, ordering: .relaxed) }

    private func exceeded(_ wanted: Int, _ used: Int) -> OsteonError {
        let size = wanted < 0 || wanted == .max ? "more than can be counted" : MemorySize.text(wanted)
        let rest = used > 0 ? ", of which \(MemorySize.text(used)) are taken" : ""
        return OsteonError(
            .limitExceeded,
            """
            This needs \(size) of memory at once; \(MemorySize.text(limit)) may be used\(rest). If that's meant, \
            \(Parameter.memoryLimit) raises it.
            """
        )
    }
}

extension Array {
    /// `count` times `value`, where that's within the memory budget: for counts that come from a file or a graph.
    /// - Throws: `.limitExceeded` instead of a trap.
    package init(budgeted value: Element, count: Int) throws(OsteonError) {
        try MemoryBudget.current.check(count, of: MemoryLayout<Element>.stride)
        self.init(repeating: value, count: count)
    }

    /// `reserveCapacity` within the memory budget.
    package mutating func reserveBudgeted(_ count: Int) throws(OsteonError) {
        try MemoryBudget.current.check(count, of: MemoryLayout<Element>.stride)
        reserveCapacity(count)
    }
}
