import Bytes
import Glibc

/// A block of bytes that tensors share: owned memory, or a borrowed region kept alive by its owner.
@safe package final class TensorStorage: @unchecked Sendable {
    /// For C; whoever uses it holds this object meanwhile.
    @unsafe package let memory: UnsafeMutableRawBufferPointer
    /// What keeps borrowed memory alive (a mapped file, a `Data`, an arena); nil for owned memory.
    private let owner: SharedBytes?
    /// The bytes taken from the system by pages; 0 where the memory is the heap's or borrowed.
    private let pageByteCount: Int
    /// What the memory is taken from, and how much; nil where it's borrowed.
    private let budget: MemoryBudget?
    private let budgetedByteCount: Int
    /// Borrowed memory must not be written unless its owner said so.
    package let isWritable: Bool

    /// Blocks from this size on come from the system by pages and go back at once: a heap keeps what's freed between
    /// blocks in use, so that volumes coming and going would take a multiple of what's alive.
    private static let smallestByPages = 1 << 20

    /// Owned memory, 64-byte aligned, its contents undefined.
    /// - Throws: `.limitExceeded` where the memory budget doesn't hold it or the system refuses; never traps on a large size.
    package init(byteCount: Int) throws(OsteonError) {
        let size = try Checked.roundUp(max(byteCount, 1), to: 64)
        let budget = MemoryBudget.current
        try budget.reserve(size)
        pageByteCount = size >= Self.smallestByPages ? size : 0
        guard let start = unsafe size >= Self.smallestByPages ? Self.pages(size) : aligned_alloc(64, size) else {
            budget.release(size)
            throw OsteonError(.limitExceeded, "Out of memory: can't allocate \(byteCount) bytes.")
        }
        unsafe memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        owner = nil
        isWritable = true
        self.budget = budget
        budgetedByteCount = size
    }

    private static func pages(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let start = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, Int32(MAP_PRIVATE | MAP_ANONYMOUS), -1, 0),
            unsafe start != MAP_FAILED
        else { return nil }
        unsafe madvise(start, byteCount, Int32(MADV_HUGEPAGE))
        return unsafe start
    }

    /// A copy of an array's bytes.
    /// - Throws: `.limitExceeded`.
    package convenience init(copying bytes: [UInt8]) throws(OsteonError) {
        try self.init(byteCount: bytes.count)
        unsafe memory.copyBytes(from: bytes)
    }

    /// Memory that's shared with `bytes`.
    package init(sharing bytes: SharedBytes) {
        unsafe memory = bytes.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(mutating: $0) }
        owner = bytes
        pageByteCount = 0
        budget = nil
        budgetedByteCount = 0
        isWritable = false
    }

    /// Writable memory that belongs to `owner` (an arena), which is kept alive with this object.
    @unsafe package init(writing memory: UnsafeMutableRawBufferPointer, owner: AnyObject) {
        unsafe self.memory = memory
        unsafe self.owner = SharedBytes(unsafe: UnsafeRawBufferPointer(memory), owner: owner)
        pageByteCount = 0
        budget = nil
        budgetedByteCount = 0
        isWritable = true
    }

    package var byteCount: Int { unsafe memory.count }

    /// The bytes, which keep this object alive.
    package var bytes: SharedBytes { unsafe SharedBytes(unsafe: UnsafeRawBufferPointer(memory), owner: self) }

    /// The bytes to be written, by the code that made this object and before it's shared.
    package var mutableBytes: MutableSpan<UInt8> {
        @_lifetime(borrow self) get {
            assert(isWritable, "writing borrowed memory")
            return unsafe _overrideLifetime(MutableSpan(_unsafeBytes: memory), borrowing: self)
        }
    }

    deinit {
        guard owner == nil else { return }
        if pageByteCount > 0 { unsafe munmap(memory.baseAddress, pageByteCount) } else { unsafe free(memory.baseAddress) }
        budget?.release(budgetedByteCount)
    }
}
