import Bytes
import Testing

/// Work that threads do where there are any.
@Suite struct BackgroundWorkTests {
    private final class Flag: @unchecked Sendable { var count = 0 }

    @Test func isDoneWhenItsWaitedFor() {
        let flag = Flag()
        let work = BackgroundWork { flag.count += 1 }
        work.wait()
        #expect(flag.count == 1)
        work.wait()
        #expect(flag.count == 1)
    }

    @Test func runsOnTheCallerWhereNoThreadStarts() {
        let flag = Flag()
        let work = BackgroundWork(start: { _ in nil }, { flag.count += 1 })
        #expect(flag.count == 0)
        work.wait()
        #expect(flag.count == 1)
        work.wait()
        #expect(flag.count == 1)
    }
}
