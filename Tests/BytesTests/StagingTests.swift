import Foundation
import TestSupport
import Testing

@Suite struct StagingTests {
    private func names(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    /// What a killed process leaves has no lock; what a living one has stays.
    @Test func whatNobodyHoldsIsRemoved() throws {
        try withTemporaryFolder { folder in
            let files = FileManager.default
            let dead = "\(folder)/.osteon-1-a"
            let living = "\(folder)/.osteon-2-b"
            for base in [dead, living] {
                #expect(files.createFile(atPath: base + ".partial", contents: Data([1])))
                try files.createDirectory(atPath: base + ".stage/sub", withIntermediateDirectories: true)
                #expect(files.createFile(atPath: base + ".stage/sub/w", contents: Data([1])))
            }
            #expect(
                files.createFile(atPath: folder + "/.osteonrc", contents: nil)
                    && files.createFile(atPath: folder + "/x.partial", contents: nil))
            let descriptor = open(living + ".partial", O_RDWR)
            #expect(descriptor >= 0 && Staging.lock(descriptor))
            Staging.sweep(folder)
            #expect(try names(folder) == [".osteon-2-b.partial", ".osteon-2-b.stage", ".osteonrc", "x.partial"])
            close(descriptor)
            // Any file that's written there does it, once a process.
            try AtomicFile.write([1], to: folder + "/out")
            #expect(try names(folder) == [".osteonrc", "out", "x.partial"])
        }
    }

    @Test func aFolderForProofsLastsAsLongAsItsObject() throws {
        try withTemporaryFolder { folder in
            var staging: StagingFolder? = try StagingFolder(beside: folder + "/missing/out.bin")
            let path = try #require(staging?.path)
            Staging.sweep(folder)
            #expect(FileStatus.isFolder(path) && Paths.folder(of: path) == folder)
            // Its errors name the destination.
            let error = #expect(throws: OsteonError.self) {
                try staging?.using { (file) throws(OsteonError) in
                    #expect(Paths.name(of: file) == "out.bin")
                    throw OsteonError(.outputFailed, "Can't write \(file): no room.", trail: [file])
                }
            }
            #expect(error?.message == "Can't write \(folder)/missing/out.bin: no room." && error?.trail == [folder + "/missing/out.bin"])
            staging = nil
            #expect(try names(folder) == [])
        }
    }
}
