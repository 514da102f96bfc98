import Bytes
import Foundation
import TestSupport
import Testing

@Suite struct OutputPathsTests {
    private func refusal(_ outputs: [String], _ inputs: [String] = []) -> OsteonError.Code? {
        errorCode { try OutputPaths.check(outputs, inputs: inputs) }
    }

    @Test func inputsAreKnownThroughLinksAndFolders() throws {
        try withTemporaryFolder { folder in
            let files = FileManager.default
            try files.createDirectory(atPath: folder + "/model/sub", withIntermediateDirectories: true)
            for name in ["a", "model/sub/w", "ckpt.index", "ckpt2.index"] { try AtomicFile.write([1], to: "\(folder)/\(name)") }
            try files.createSymbolicLink(atPath: folder + "/soft", withDestinationPath: "a")
            try files.linkItem(atPath: folder + "/a", toPath: folder + "/hard")
            try files.createSymbolicLink(atPath: folder + "/other", withDestinationPath: "model")
            for name in ["a", "soft", "hard", "./a", "model/../a"] {
                #expect(refusal(["\(folder)/\(name)"], [folder + "/a"]) == .usage, "\(name)")
            }
            // A folder is its files, a prefix the files that begin so.
            for name in ["model/sub/w", "other/sub/w"] { #expect(refusal(["\(folder)/\(name)"], [folder + "/model"]) == .usage, "\(name)") }
            #expect(refusal([folder + "/model/new"], [folder + "/model"]) == nil)
            #expect(refusal([folder + "/ckpt.index"], [folder + "/ckpt"]) == .usage)
            #expect(refusal([folder + "/ckpt2.index"], [folder + "/ckpt"]) == nil)
        }
    }

    @Test func outputsAreToldApart() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: folder + "/other", withDestinationPath: ".")
            #expect(refusal([folder + "/b", folder + "/other/b"]) == .usage)
            #expect(refusal([folder + "/b", folder + "/c"]) == nil)
            #expect(refusal([folder + "/none/b"]) == .outputFailed)
            #expect(errorCode { try OutputPaths.check([folder + "/none/b", folder + "/other/none/./b"], makingFolders: true) } == .usage)
            #expect(errorCode { try OutputPaths.check([folder + "/none/b"], makingFolders: true) } == nil)
            #expect(refusal([folder]) == .outputFailed)
        }
    }

    @Test func foldersAreMadeAndRefusedWithTheirNames() throws {
        try withTemporaryFolder { folder in
            try OutputPaths.makeFolder(folder + "/a/b/c")
            try OutputPaths.makeFolder(folder + "/a/b/c")
            #expect(FileStatus.isFolder(folder + "/a/b/c"))
            try AtomicFile.write([1], to: folder + "/f")
            for name in ["f", "f/g"] {
                #expect(throws: OsteonError.self, "\(name)") { try OutputPaths.makeFolder("\(folder)/\(name)") }
            }
        }
    }
}
