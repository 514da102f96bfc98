import Bytes
import Foundation
import TestSupport
import Testing

/// A folder of its own, removed with the last reference.
private final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("osteon-test-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A file that changes while it's mapped is told, and never ends the process.
@Suite struct ChangedInputTests {
    private func file(_ count: Int) throws -> (path: String, folder: Folder) {
        let folder = try Folder()
        let path = folder.path + "/input"
        try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: path))
        return (path, folder)
    }

    private func sum(_ file: MappedFile) -> Int { file.bytes.reduce(0) { $0 + Int($1) } }

    @Test func cutShortToNothing() throws {
        let (path, folder) = try file(1 << 20)
        let mapped = try MappedFile(path: path)
        try mapped.check()
        #expect(truncate(path, 0) == 0)
        #expect(sum(mapped) == 0)
        #expect(errorCode { try mapped.check() } == .unreadable)
        withExtendedLifetime(folder) {}
    }

    @Test func cutShortOnAPageItKeeps() throws {
        let (path, folder) = try file(4000)
        let mapped = try MappedFile(path: path)
        #expect(truncate(path, 100) == 0)
        // The page is still there, so nothing faults; the missing bytes read as zeros.
        #expect(sum(mapped) == 100)
        #expect(errorCode { try mapped.check() } == .unreadable)
        withExtendedLifetime(folder) {}
    }

    @Test func writtenToInPlace() throws {
        let (path, folder) = try file(100)
        let mapped = try MappedFile(path: path)
        var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
        #expect(errorCode { try mapped.check() } == .unreadable)
        withExtendedLifetime(folder) {}
    }

    /// What a reader made of the zeros, an error among them, gives way to why.
    @Test func whateverCameOfItTheChangeIsTold() throws {
        let (path, folder) = try file(1 << 16)
        let mapped = try MappedFile(path: path)
        #expect(try mapped.settled { () throws(OsteonError) in mapped.count } == 1 << 16)
        #expect(truncate(path, 4096) == 0)
        #expect(errorCode { _ = try mapped.settled { () throws(OsteonError) in self.sum(mapped) } } == .unreadable)
        #expect(errorCode { try mapped.settled { () throws(OsteonError) in throw OsteonError(.malformed, "zeros") } } == .unreadable)
        withExtendedLifetime(folder) {}
    }

    @Test func replacedOrRemovedIsNoChange() throws {
        let (path, folder) = try file(1 << 16)
        let mapped = try MappedFile(path: path)
        try AtomicFile.write([2], to: path)
        #expect(sum(mapped) == 1 << 16)
        try mapped.check()
        #expect(unlink(path) == 0)
        try mapped.check()
        withExtendedLifetime(folder) {}
    }

    @Test func manyFilesAtOnce() throws {
        let (path, folder) = try file(1 << 16)
        let good = try (0..<40).map { _ in try MappedFile(path: path) }
        let (other, otherFolder) = try file(1 << 16)
        let bad = try MappedFile(path: other)
        #expect(truncate(other, 4096) == 0)
        #expect(sum(bad) == 4096)
        for file in good {
            #expect(sum(file) == 1 << 16)
            try file.check()
        }
        #expect(errorCode { try bad.check() } == .unreadable)
        withExtendedLifetime((folder, otherFolder)) {}
    }
}
