import Foundation
import TestSupport
import Testing

/// One budget for what files and graphs ask for.
@Suite struct MemoryBudgetTests {
    @Test func takesAndGivesBack() throws {
        let budget = MemoryBudget(limit: 1000)
        try budget.reserve(600)
        #expect(budget.used == 600)
        #expect(errorCode { try budget.reserve(401) } == .limitExceeded)
        #expect(errorCode { try budget.check(101, of: 4) } == .limitExceeded)
        #expect(budget.used == 600)
        try budget.check(100, of: 4)
        budget.release(600)
        try budget.reserve(1000)
        #expect(errorCode { try budget.reserve(1) } == .limitExceeded)
        #expect(errorCode { try budget.reserve(-1) } == .limitExceeded)
        #expect(errorCode { try budget.check(.max, of: 8) } == .limitExceeded)
    }

    @Test func countsForWhatRunsInIt() throws {
        let budget = MemoryBudget(limit: 1 << 20)
        try budget.with { () throws(OsteonError) in
            #expect(MemoryBudget.current === budget)
            let small = try Array(budgeted: 7, count: 10)
            #expect(small == Array(repeating: 7, count: 10))
            #expect(errorCode { _ = try Array(budgeted: 0, count: 1 << 40) } == .limitExceeded)
            #expect(errorCode { _ = try Array(budgeted: 0, count: -1) } == .limitExceeded)
            #expect(
                errorCode {
                    var list: [Int] = []
                    try list.reserveBudgeted(1 << 18)
                } == .limitExceeded)
        }
        #expect(MemoryBudget.current === MemoryBudget.process)
    }

    @Test func saysHowMuchAndWhatRaisesIt() throws {
        let budget = MemoryBudget(limit: 3 << 30)
        try budget.reserve(1 << 30)
        let error = #expect(throws: OsteonError.self) { try budget.reserve(5 << 30) }
        #expect(
            error?.message
                == "This needs 5 GiB of memory at once; 3 GiB may be used, of which 1 GiB are taken. If that's meant, ‹memory-limit› raises it."
        )
    }

    @Test func readsSizes() {
        #expect(MemorySize.parse("8GiB") == 8 << 30 && MemorySize.parse("8 g") == 8 << 30 && MemorySize.parse("1.5k") == 1536)
        #expect(
            MemorySize.parse("500MB") == 500_000_000 && MemorySize.parse("4096") == 4096 && MemorySize.parse("2TB") == 2_000_000_000_000)
        for text in ["", "G", "-1", "0", "1e999", "8 apples", "9999999999G", "nan"] { #expect(MemorySize.parse(text) == nil, "\(text)") }
        #expect(MemorySize.text(8 << 30) == "8 GiB" && MemorySize.text(1536) == "1.5 KiB" && MemorySize.text(12) == "12 bytes")
    }

    @Test func jsonIsBoundByValuesAndMemory() throws {
        var limits = JSONValue.Limits()
        limits.valueCount = 4
        #expect(try JSONValue(parsing: "[1,2,3]", limits: limits).array().count == 3)
        #expect(errorCode { _ = try JSONValue(parsing: "[1,2,3,4]", limits: limits) } == .limitExceeded)
        #expect(errorCode { _ = try JSONValue(parsing: "{\"a\":1,\"b\":2}", limits: limits) } == .limitExceeded)
        let many = "[" + String(repeating: "[0],", count: 200_000) + "0]"
        #expect(
            errorCode { () throws(OsteonError) in
                try MemoryBudget(limit: 4 << 20).with { () throws(OsteonError) in _ = try JSONValue(parsing: many) }
            } == .limitExceeded)
        #expect(try JSONValue(parsing: many).array().count == 200_001)
    }
}
