import Bytes
import FoundationEssentials
import Glibc

/// A block of bytes that tensors share: owned memory, or a borrowed region kept alive by its owner.
package final class TensorStorage: @unchecked Sendable {
    package let bytes: UnsafeMutableRawBufferPointer
    /// What keeps borrowed memory alive (a mapped file, a `Data`, an arena); nil for owned memory.
    private let owner: AnyObject?
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
        guard let start = size >= Self.smallestByPages ? Self.pages(size) : aligned_alloc(64, size) else {
            budget.release(size)
            throw OsteonError(.limitExceeded, "Out of memory: can't allocate \(byteCount) bytes.")
        }
        bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        owner = nil
        isWritable = true
        self.budget = budget
        budgetedByteCount = size
    }

    private static func pages(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, Int32(MAP_PRIVATE | MAP_ANONYMOUS), -1, 0), start != MAP_FAILED
        else { return nil }
        madvise(start, byteCount, Int32(MADV_HUGEPAGE))
        return start
    }

    /// Memory that belongs to `owner`, which is kept alive with this object.
    package init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
        self.owner = owner
        pageByteCount = 0
        budget = nil
        budgetedByteCount = 0
        isWritable = false
    }

    /// Writable memory that belongs to `owner` (an arena), which is kept alive with this object.
    package init(writing bytes: UnsafeMutableRawBufferPointer, owner: AnyObject) {
        self.bytes = bytes
        self.owner = owner
        pageByteCount = 0
        budget = nil
        budgetedByteCount = 0
        isWritable = true
    }

    /// The bytes of `data`, not copied. A `Data` of this size keeps them in one heap block that doesn't move
    /// while nobody mutates it; small ones are stored inline and therefore copied.
    package convenience init(sharing data: Data) throws(OsteonError) {
        guard data.count > 64 else {
            try self.init(byteCount: data.count)
            data.copyBytes(to: bytes)
            return
        }
        let owner = DataOwner(data)
        self.init(borrowing: owner.data.withUnsafeBytes { $0 }, owner: owner)
    }

    deinit {
        guard owner == nil else { return }
        if pageByteCount > 0 { munmap(bytes.baseAddress, pageByteCount) } else { free(bytes.baseAddress) }
        budget?.release(budgetedByteCount)
    }
}

/// Keeps a `Data` and with it the heap block of its bytes.
private final class DataOwner: Sendable {
    let data: Data

    init(_ data: Data) { self.data = data }
}
