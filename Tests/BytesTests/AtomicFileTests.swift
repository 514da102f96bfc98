import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    @Test func writesAndReplaces() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.bin"
            try AtomicFile.write([1, 2, 3], to: path)
            try AtomicFile.write(text: "hé", to: path)
            #expect(try read(path) == Array("hé".utf8))
            try AtomicFile.write([UInt8](), to: path)
            #expect(try read(path) == [])
            #expect(try names(folder) == ["a.bin"])
        }
    }

    @Test func gathersManyBuffers() throws {
        try withTemporaryFolder { folder in
            let parts = (0..<1000).map { [UInt8](repeating: UInt8($0 & 0xFF), count: $0 % 7) }
            try AtomicFile.write(parts.map { SharedBytes($0) }, to: "\(folder)/a")
            #expect(try read("\(folder)/a") == parts.flatMap { $0 })
        }
    }

    @Test func followsASymbolicLink() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write([1], to: "\(folder)/real")
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "real")
            try AtomicFile.write([2], to: "\(folder)/link")
            #expect(try read("\(folder)/real") == [2])
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "real")
        }
    }

    @Test func refusesALinkThatLeadsNowhere() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "missing")
            let error = #expect(throws: OsteonError.self) { try AtomicFile.write([1], to: "\(folder)/link") }
            #expect(error?.code == .outputFailed && error?.message.contains("symbolic link") == true)
            #expect(try names(folder) == ["link"])
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "missing")
        }
    }

    @Test func saysWhyADestinationIsImpossible() throws {
        try withTemporaryFolder { folder in
            for path in ["\(folder)/missing/a", folder, "/dev/null", "", "\(folder)/a/", "/proc/a"] {
                let onOutputFailed = errorCode { try AtomicFile.write([1], to: path) }
                #expect(onOutputFailed == .outputFailed)
            }
            let left = try names(folder)
            #expect(left == [])
        }
    }

    /// Every call fails in turn, on both ways of making the file: the old content stays and nothing is left beside it.
    @Test(arguments: [false, true], [ENOSPC, EIO, EDQUOT, EACCES])
    func aFailureOfAnyCallLeavesTheOldFile(_ named: Bool, _ code: Int32) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a"
            var failures = 0
            for failing in 1...20 {
                try AtomicFile.write([1], to: path)
                let calls = FaultyCalls(failing: failing, code, named: named)
                let result = errorCode {
                    try AtomicFile.write([SharedBytes([2, 3])], to: path, calls: calls.table)
                }
                guard result != nil else { break }
                failures += 1
                #expect(result == .outputFailed)
                // Only the folder's own sync comes after the new file is in place.
                #expect(try read(path) == (calls.renamed ? [2, 3] : [1]))
                #expect(try names(folder) == ["a"])
            }
            #expect(failures == 6)
        }
    }

    @Test func shortAndInterruptedWritesGoOn() throws {
        try withTemporaryFolder { folder in
            let data = (0..<1000).map { UInt8($0 & 0xFF) }
            let interrupted = Mutex(false)
            var calls = FileCalls.system
            calls.write = { descriptor, parts in
                let again = interrupted.withLock { state in
                    state.toggle()
                    return state
                }
                if again {
                    errno = EINTR
                    return -1
                }
                return FileCalls.system.write(descriptor, [parts[0].extracting(..<min(parts[0].count, 7))])
            }
            try AtomicFile.write([SharedBytes(data), SharedBytes(data)], to: "\(folder)/a", calls: calls)
            #expect(try read("\(folder)/a") == data + data)
        }
    }

    private func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
    private func names(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder) }
}

/// System calls of which the `failing`-th fails.
private final class FaultyCalls: Sendable {
    private let state: Mutex<(count: Int, renamed: Bool)> = Mutex((0, false))
    private let failing: Int, code: Int32, named: Bool

    init(failing: Int, _ code: Int32, named: Bool) {
        self.failing = failing
        self.code = code
        self.named = named
    }

    var renamed: Bool { state.withLock { $0.renamed } }

    private func fails() -> Bool {
        let fails = state.withLock { state in
            state.count += 1
            return state.count == failing
        }
        if fails { errno = code }
        return fails
    }

    var table: FileCalls {
        let system = FileCalls.system
        var table = system
        table.open = { [self] path, flags in
            if named, flags & O_CREAT == 0, flags & O_WRONLY != 0 {
                errno = EOPNOTSUPP  // no unnamed files here
                return -1
            }
            if flags & O_WRONLY == 0 { return system.open(path, flags) }
            return fails() ? -1 : system.open(path, flags)
        }
        table.write = { [self] in fails() ? -1 : system.write($0, $1) }
        table.sync = { [self] in fails() ? -1 : system.sync($0) }
        table.link = { [self] in fails() ? -1 : system.link($0, $1) }
        table.rename = { [self] from, to in
            if fails() { return -1 }
            state.withLock { $0.renamed = true }
            return system.rename(from, to)
        }
        table.close = { [self] descriptor in
            let result = system.close(descriptor)
            return named && !renamed && fails() ? -1 : result
        }
        return table
    }
}
