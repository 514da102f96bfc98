import Bytes
import Foundation
import TestSupport
import Testing

/// Files of a source are opened once, whatever becomes of their names.
@Suite struct SourceTests {
    private func write(_ text: String, _ path: String) throws {
        try FileManager.default.createDirectory(atPath: Paths.folder(of: path), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func text(_ file: MappedFile) -> String { String(decoding: file.bytes, as: UTF8.self) }

    @Test func aFileReplacedAfterwardsIsTheOneThatWasOpened() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/m.ckpt"
            try write("old", path)
            try write("old index", path + ".index")
            let source = try Source(path: path)
            let (file, index) = (try source.mapped(), try source.folder.map(source.name + ".index"))
            for name in [path, path + ".index"] {
                try write("new", "\(folder)/new")
                #expect(rename("\(folder)/new", name) == 0)
            }
            #expect(try source.folder.map("m.ckpt") === file)
            #expect(try source.folder.map("m.ckpt.index") === index)
            #expect(try source.mapGiven(path) === file)
            #expect(text(file) == "old" && text(index) == "old index")
            source.digests.begin([file])
            #expect(try source.digests.digest(of: file) == SHA256Digest(of: Array("old".utf8)))
            #expect(try source.digests.digest(of: index) == SHA256Digest(of: Array("old index".utf8)))
            #expect(try text(Source(path: path).mapped()) == "new")
        }
    }

    @Test func aFileWrittenToHasNoDigest() throws {
        try withTemporaryFolder { folder in
            try write("old", folder + "/m")
            let source = try Source(path: folder + "/m")
            let file = try source.mapped()
            let handle = try #require(FileHandle(forWritingAtPath: folder + "/m"))
            try handle.write(contentsOf: Data("longer".utf8))
            try handle.close()
            #expect(errorCode { _ = try source.digests.digest(of: file) } == .unreadable)
        }
    }

    @Test func whatAPathMeansIsKnown() throws {
        try withTemporaryFolder { folder in
            try write("x", folder + "/models/m.index")
            let file = try Source(path: folder + "/models/m.index")
            #expect(file.name == "m.index" && file.folder.path == folder + "/models" && !file.isFolder)
            let whole = try Source(path: folder + "/models/")
            #expect(whole.isFolder && whole.file == nil && whole.name.isEmpty && whole.folder.names() == ["m.index"])
            #expect(errorCode { _ = try whole.mapped() } == .unreadable)
            let prefix = try Source(path: folder + "/models/m")
            #expect(prefix.file == nil && !prefix.isFolder && prefix.folder.contains(prefix.name + ".index"))
            #expect(errorCode { _ = try prefix.mapped() } == .unreadable)
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            #expect(errorCode { _ = try Source(path: folder + "/pipe") } == .unreadable)
        }
    }

    /// A link that the user names is followed; one that a file names leads nowhere, though the same path was mapped before.
    @Test func linksAreFollowedForTheUserOnly() throws {
        try withTemporaryFolder { folder in
            try write("elsewhere", folder + "/elsewhere/secret")
            try write("own", folder + "/archive/models/own")
            for (name, target) in [("link", "../../elsewhere/secret"), ("folder", "../../elsewhere")] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/archive/models/" + name, withDestinationPath: target)
            }
            #expect(try text(Source(path: folder + "/archive/models/link").mapped()) == "elsewhere")
            let root = try Source(path: folder + "/archive").folder
            #expect(try text(root.map("models/link")) == "elsewhere")
            let contained = try root.contained()
            #expect(try text(contained.source(at: "models/own").mapped()) == "own")
            let models = try contained.source(at: "models").folder
            #expect(models.path == folder + "/archive/models")
            #expect(try models.map("own") === contained.map("models/own"))
            for (place, location) in [
                (contained, "models/link"), (models, "link"), (models, "folder/secret"), (models, "../models/own"), (models, "/etc/passwd"),
            ] {
                #expect(errorCode { _ = try place.map(location) } == .unsafeReference, "\(location)")
                #expect(errorCode { _ = try place.contained().source(at: location) } == .unsafeReference, "\(location)")
            }
            // One that was let in stays the one it was.
            let own = try models.map("own")
            try FileManager.default.removeItem(atPath: folder + "/archive/models/own")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/archive/models/own", withDestinationPath: "../../elsewhere/secret")
            #expect(try contained.source(at: "models/own").mapped() === own)
            #expect(text(own) == "own")
        }
    }
}
