import Bytes
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
        memoryLimit = 32 << 20 + size * 16
        workLimit = 256 << 20 + size * 256
    }

    /// Counts `bytes` that were inflated, copied or compared.
    func spend(_ bytes: Int) throws(OsteonError) {
        let isWithin = account.withLock { account in
            account.work = account.work.addingReportingOverflow(bytes).overflow ? .max : account.work + bytes
            return account.work <= workLimit
        }
        if !isWithin {
            throw OsteonError(.limitExceeded, "Reading the HDF5 file takes more work than a file of its size should: it's damaged or hostile.")
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
                .limitExceeded, "\(bytes) bytes beside those that are held already are more than an HDF5 file of this size may claim (\(memoryLimit) in all).")
        }
    }

    func release(_ bytes: Int) {
        account.withLock { $0.memory -= bytes }
    }
}

/// Zeroed memory that counts in a file's ledger until it's freed.
final class CountedBlock: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    private let storage: TensorStorage
    private let ledger: Ledger

    init(byteCount: Int, ledger: Ledger) throws(OsteonError) {
        try ledger.reserve(byteCount)
        do { storage = try TensorStorage(byteCount: byteCount) } catch {
            ledger.release(byteCount)
            throw error
        }
        bytes = storage.bytes
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        self.ledger = ledger
    }

    deinit { ledger.release(bytes.count) }
}
