import Bytes
import Glibc
import Synchronization
import Tensors

/// What reading a file may cost in memory and in work, measured by the file's own size.
///
/// A file can name one structure from many places and claim more data than it stores, so single sizes don't bound the whole. Data
/// used in place costs nothing. Memory counts while it's held: a tensor returns its share when it's freed.
final class Ledger: Sendable {
    private struct Account {
        var memory = 0
        var work = 0
    }

    private let account = Mutex(Account())
    let memoryLimit: Int
    private let workLimit: Int

    init(fileSize: Int) {
        let size = min(fileSize, 1 << 48)
        memoryLimit = 24 << 20 + size * 16
        workLimit = 256 << 20 + size * 256
    }

    /// Counts `bytes` that were inflated, copied or compared.
    func spend(_ bytes: Int) throws(OsteonError) {
        let isWithin = account.withLock { account in
            account.work = account.work.addingReportingOverflow(bytes).overflow ? .max : account.work + bytes
            return account.work <= workLimit
        }
        if !isWithin {
            throw OsteonError(
                .limitExceeded, "Reading the HDF5 file takes more work than a file of its size should: it's damaged or hostile.")
        }
    }

    /// Counts `bytes` of structures, each of which costs more than a byte of data.
    func spendOnMetadata(_ bytes: Int) throws(OsteonError) {
        try spend(bytes.multipliedReportingOverflow(by: 8).overflow ? .max : bytes * 8 + 64)
    }

    func reserve(_ bytes: Int) throws(OsteonError) {
        let isWithin = account.withLock { account in
            guard bytes >= 0, bytes <= memoryLimit - account.memory else { return false }
            account.memory += bytes
            return true
        }
        if !isWithin {
            throw OsteonError(
                .limitExceeded,
                """
                \(bytes) bytes beside those that are held already are more than an HDF5 file of this size may claim (\(memoryLimit) \
                in all).
                """
            )
        }
    }

    func release(_ bytes: Int) {
        account.withLock { $0.memory -= bytes }
    }
}

/// Zeroed memory that counts in a file's ledger until it's freed.
///
/// Large blocks come from the system by pages and go back there at once: a heap would keep what's freed, and the limit is on
/// what's held.
@safe final class CountedBlock: @unchecked Sendable {
    private static let leastMapped = 1 << 18

    private let memory: UnsafeMutableRawBufferPointer
    private let ledger: Ledger
    /// Holds a small block; nil for a mapped one.
    private let heap: TensorStorage?

    init(byteCount: Int, ledger: Ledger) throws(OsteonError) {
        try ledger.reserve(byteCount)
        self.ledger = ledger
        do {
            if byteCount < Self.leastMapped {
                let storage = try TensorStorage(byteCount: byteCount)
                var bytes = storage.mutableBytes
                bytes.update(repeating: 0)
                unsafe (heap, memory) = (storage, storage.memory)
            } else {
                unsafe (heap, memory) = (nil, try Self.mapped(byteCount))
            }
        } catch {
            ledger.release(byteCount)
            throw error
        }
    }

    /// The bytes, which keep this object alive.
    var bytes: SharedBytes { unsafe SharedBytes(unsafe: UnsafeRawBufferPointer(memory), owner: self) }

    /// The first bytes to be written, before the block is shared.
    /// - Parameter count: how many; all where it's nil.
    @_lifetime(borrow self)
    func mutableBytes(_ count: Int? = nil) -> MutableSpan<UInt8> { mutableElements(UInt8.self, count) }

    @_lifetime(borrow self)
    func mutableElements<T: BitwiseCopyable>(_: T.Type, _ count: Int? = nil) -> MutableSpan<T> {
        let byteCount = unsafe count.map { $0 * MemoryLayout<T>.stride } ?? memory.count
        precondition(unsafe byteCount >= 0 && byteCount <= memory.count)
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCount])
        return unsafe _overrideLifetime(MutableSpan(_unsafeBytes: part), borrowing: self)
    }

    private static func mapped(_ byteCount: Int) throws(OsteonError) -> UnsafeMutableRawBufferPointer {
        guard let start = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            unsafe start != MAP_FAILED
        else {
            throw OsteonError(.limitExceeded, "Out of memory: can't allocate \(byteCount) bytes.")
        }
        return unsafe UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }

    deinit {
        if heap == nil { unsafe munmap(memory.baseAddress, memory.count) }
        ledger.release(unsafe memory.count)
    }
}
