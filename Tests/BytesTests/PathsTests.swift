import Bytes
import Foundation
import TestSupport
import Testing

@Suite struct PathsTests {
    @Test(arguments: [
        ("T", ".", "T", "T"), ("", ".", "", ""), ("/", "/", "", ""), ("/T", "/", "T", "T"), ("a/T", "a", "T", "T"),
        ("a//T//", "a", "T", "T"),
        ("/a/b.c/d.tar.gz", "/a/b.c", "d.tar.gz", "d.tar"), (".hidden", ".", ".hidden", ".hidden"), ("a/.b.c", "a", ".b.c", ".b"),
        ("a/b.", "a", "b.", "b."),
        ("..", ".", "..", ".."), ("é/ü.x", "é", "ü.x", "ü"),
        // A slash with a combining mark behind it is a slash to the system.
        ("a/\u{301}b", "a", "\u{301}b", "\u{301}b"),
    ])
    func partsOfAPath(_ path: String, _ folder: String, _ name: String, _ stem: String) {
        #expect(Paths.folder(of: path).utf8.elementsEqual(folder.utf8))
        #expect(Paths.name(of: path).utf8.elementsEqual(name.utf8))
        #expect(Paths.stem(of: path).utf8.elementsEqual(stem.utf8))
    }

    @Test func joiningAndSplitting() {
        #expect(Paths.join("a", "b") == "a/b" && Paths.join("a/", "b") == "a/b" && Paths.join("/", "b") == "/b")
        #expect(Paths.join("", "b") == "b" && Paths.join(".", "b") == "b" && Paths.join("a", "/b") == "/b")
        #expect(Paths.components(of: "/a//b/./c/") == ["a", "b", ".", "c"])
        #expect(Paths.components(of: "..\u{2F}\u{301}x")[0] == ".." && Paths.isAbsolute("/\u{301}x") && !Paths.isAbsolute("x"))
        #expect(Paths.ends("a.onnx", in: ".onnx") && !Paths.ends("onnx", in: ".onnx"))
    }

    /// What leads out does so by its bytes.
    @Test func aFolderIsNotLeftByAMarkedSlash() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: true)
            try AtomicFile.write([1], to: folder + "/\u{301}x")
            let directory = try ContainedDirectory(path: folder + "/in")
            let code = errorCode { _ = try directory.map("../\u{301}x") }
            #expect(code == .unsafeReference)
        }
    }
}
