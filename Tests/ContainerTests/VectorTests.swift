import Container
import Foundation
import TestSupport
import Testing

/// The files of `formats/vectors`, made by another implementation of the format (`tools/make-osteon-vectors`).
@Suite struct VectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var file: String
        /// `ok` or the code of the error.
        var expectation: String
        /// Whether this writer makes the same bytes.
        var isCanonical: Bool

        var testDescription: String { file }
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../formats/vectors").standardizedFileURL.path

    static func manifest() throws -> [Vector] {
        let file = try MappedFile(path: "\(folder)/manifest.json")
        var result: [Vector] = []
        for entry in try JSONValue(parsing: file.bytes).member("vectors").array() {
            result.append(
                Vector(
                    file: try entry.member("file").string(), expectation: try entry.member("expect").string(),
                    isCanonical: try entry.member("canonical").bool()))
        }
        return result
    }

    @Test func everyFileIsInTheManifest() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".osteon") }
        #expect(try Set(files) == Set(Self.manifest().map { $0.file }))
    }

    @Test(arguments: try manifest())
    func isReadOrRefusedAsRecorded(_ vector: Vector) throws {
        let path = "\(Self.folder)/\(vector.file)"
        let code = errorCode { _ = try NativeReader.open(path) }
        #expect((code?.rawValue ?? "ok") == vector.expectation)
        if vector.isCanonical {
            let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(try NativeWriter.encoded(NativeReader.read(bytes)) == bytes)
        }
    }

    @Test func namesThatOnlyUnicodeHoldsEqualStayTwo() throws {
        let graph = try NativeReader.open("\(Self.folder)/good-equivalent-names.osteon").graph
        #expect(try graph.outputs.map { try graph.constant($0)?.integers() } == [[1], [2]])
    }

    @Test func errorsNameTheFileAndThePlace() throws {
        do {
            _ = try NativeReader.open("\(Self.folder)/bad-attribute-type.osteon")
            Issue.record("it was read")
        } catch {
            #expect(error.trail.contains("attribute alpha") && error.trail.contains("node leak (LeakyRelu)"))
            #expect(error.trail.last?.hasSuffix("bad-attribute-type.osteon") == true)
        }
    }
}
