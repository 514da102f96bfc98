import Bytes
import Glibc
import Tensors

/// One region of anonymous memory; pages come into being when they're first written.
final class Arena: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    private let budget = MemoryBudget.current

    init(byteCount: Int) throws(OsteonError) {
        guard byteCount > 0 else {
            bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        try budget.reserve(byteCount)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, Int32(flags), -1, 0), start != MAP_FAILED else {
            budget.release(byteCount)
            throw OsteonError(.limitExceeded, "Out of memory: can't reserve \(byteCount) bytes to run in.")
        }
        madvise(start, byteCount, Int32(MADV_HUGEPAGE))
        bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }

    deinit {
        guard let start = bytes.baseAddress else { return }
        munmap(start, bytes.count)
        budget.release(bytes.count)
    }

    /// Part of the arena as a tensor, which keeps the arena alive.
    func tensor(_ type: ElementType, _ shape: [Int], at offset: Int) throws(OsteonError) -> Tensor {
        try Tensor(type, shape, storage: TensorStorage(writing: bytes, owner: self), byteOffset: offset)
    }
}
