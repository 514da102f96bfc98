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

    /// A convolution keeps its name, and its activation the name of the result; both get new ones where those are taken.
    @Test func activationsOfOlderFilesAreNodes() throws {
        let graph = try NativeReader.open("\(Self.folder)/good-activations.osteon").graph
        let nodes = graph.nodeIDs.map { graph[$0] }
        #expect(nodes.map { Swift.type(of: $0.op).id } == ["Convolution", "Clip", "TransposedConvolution", "LeakyRelu", "Relu"])
        #expect(nodes.map(\.name) == ["conv", "conv.clip", "up", "up.leaky_relu_1", "up.leaky_relu"])
        #expect(nodes.map { graph[$0.outputs[0]].name } == ["a.before_clip", "a", "y.before_leaky_relu_1", "y", "y.before_leaky_relu"])
        let x = try Tensor([Float(1), 2, -3, 4], shape: [1, 1, 4])
        let results = try graph.evaluateReference(["x": x])
        #expect(try results["y"]?.array(Float.self) == [0, 9, -6, 0])
        #expect(try results["y.before_leaky_relu"]?.array(Float.self) == [0, 6, 0])
        let again = try NativeReader.read(NativeWriter.encoded(NativeReader.open("\(Self.folder)/good-activations.osteon"))).graph
        #expect(again.nodeIDs.map { again[$0].name } == nodes.map(\.name))
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
