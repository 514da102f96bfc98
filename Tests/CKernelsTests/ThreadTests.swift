import CKernels
import Synchronization
import Testing

/// The thread pool: every item once, whatever is asked for and from where.
@Suite(.serialized) struct ThreadTests {
    /// What a loop's items note down.
    private final class Ledger: Sendable {
        let counts: Mutex<[Int]>
        let greatestThread = Mutex<Int32>(-1)
        let running: Mutex<Set<Int32>> = Mutex([])
        let clashes = Mutex(0)
        /// Items of an inner loop that each item starts; 0 for none.
        let inner: Int

        init(count: Int, inner: Int = 0) {
            counts = Mutex([Int](repeating: 0, count: count))
            self.inner = inner
        }

        func run(threads: Int, count: Int) {
            osteon_parallel_for(
                count, Int32(threads),
                { context, index, thread in
                    let ledger = Unmanaged<Ledger>.fromOpaque(context!).takeUnretainedValue()
                    let isFree = ledger.running.withLock { $0.insert(thread).inserted }
                    if !isFree { ledger.clashes.withLock { $0 += 1 } }
                    ledger.greatestThread.withLock { $0 = max($0, thread) }
                    if ledger.inner > 0 {
                        let other = Ledger(count: ledger.inner)
                        other.run(threads: 4, count: ledger.inner)
                        let isWhole = other.counts.withLock { $0.allSatisfy { $0 == 1 } } && other.greatestThread.withLock { $0 } == 0
                        if !isWhole { ledger.clashes.withLock { $0 += 1 } }
                    }
                    ledger.counts.withLock { $0[index] += 1 }
                    _ = ledger.running.withLock { $0.remove(thread) }
                }, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    @Test(arguments: [0, 1, 2, 3, 100, 1000], [-1, 0, 1, 2, 4, 300, Int(Int32.max)])
    func everyItemRunsOnce(count: Int, threads: Int) {
        let ledger = Ledger(count: count)
        ledger.run(threads: threads, count: count)
        #expect(ledger.counts.withLock { $0.allSatisfy { $0 == 1 } })
        #expect(ledger.clashes.withLock { $0 } == 0)
        #expect(ledger.greatestThread.withLock { $0 } < max(1, Int32(clamping: min(threads, 256))))
    }

    /// A loop inside an item runs there, as thread 0 of its own.
    @Test func loopsInsideLoopsRunInline() {
        let ledger = Ledger(count: 40, inner: 30)
        ledger.run(threads: 4, count: 40)
        #expect(ledger.counts.withLock { $0.allSatisfy { $0 == 1 } })
        #expect(ledger.clashes.withLock { $0 } == 0)
    }

    /// While one caller has the pool another's loop runs on its own thread.
    @Test func callersBesideOneAnotherAllFinish() async {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let ledger = Ledger(count: 500)
                    for _ in 0..<20 { ledger.run(threads: 3, count: 500) }
                    return ledger.counts.withLock { $0.allSatisfy { $0 == 20 } } && ledger.clashes.withLock { $0 } == 0
                }
            }
            for await isWhole in group { #expect(isWhole) }
        }
    }

    @Test func theLimitHolds() {
        let before = osteon_thread_limit()
        defer { osteon_set_thread_limit(before) }
        for (asked, wanted) in [(1, 1), (2, 2), (0, 256), (-3, 256), (257, 256), (256, 256)] {
            osteon_set_thread_limit(Int32(asked))
            #expect(osteon_thread_limit() == wanted)
        }
        osteon_set_thread_limit(1)
        let ledger = Ledger(count: 200)
        ledger.run(threads: 4, count: 200)
        #expect(ledger.greatestThread.withLock { $0 } == 0)
        #expect(ledger.counts.withLock { $0.allSatisfy { $0 == 1 } })
    }

    @Test func theProcessorSaysWhatItHas() {
        #expect(osteon_processor_count() >= 1)
        for isa in [OSTEON_ISA_SCALAR, OSTEON_ISA_AVX2, OSTEON_ISA_AVX512, OSTEON_ISA_VNNI, OSTEON_ISA_AMX] {
            let found = osteon_ops_for(isa).pointee.isa
            #expect(found.rawValue <= isa.rawValue && found.rawValue <= OSTEON_ISA_AVX512.rawValue)
        }
    }
}
