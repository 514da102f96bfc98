import Bytes
import Container
import Foundation
import GraphIR
import Operators
import Tensors
import TestSupport
import Testing
import Workflows

/// A model and its weights in two files stay one model, whoever writes beside.
@Suite struct ExternalDataTests {
    /// A network whose only weights are `value`, 1024 times.
    private func write(_ value: Float, to path: String) throws {
        var graph = Graph()
        let x = try graph.addInput("x", TensorType(.f32, [1024]))
        let w = try graph.addConstant("w", Tensor([Float](repeating: value, count: 1024), shape: [1024]))
        graph.setOutputs([try graph.add(Multiply(), [x, w], outputNames: ["y"])[0]])
        try NativeWriter.write(ModelFile(graph: graph), to: path)
    }

    private func weight(_ path: String) throws -> Float {
        let graph = try Model.open(path).graph
        return try #require(graph.valueIDs.compactMap { graph.constant($0) }.first { $0.shape == [1024] }).array(Float.self)[0]
    }

    @Test func anOldModelKeepsItsOwnWeights() throws {
        let folder = try Scratch()
        let out = folder.file("m.onnx")
        for value in [1, 2] as [Float] { try write(value, to: folder.file("\(Int(value)).osteon")) }
        #expect(try Command.run("export", folder.file("1.osteon"), "--external-data", "-o", out).status == 0)
        try FileManager.default.copyItem(atPath: out, toPath: folder.file("copy.onnx"))
        let second = try Command.run("export", folder.file("2.osteon"), "--external-data", "-o", out, "--json")
        #expect(second.status == 0, "\(second.errors)")
        // As if the second had been killed before its model was in place, too.
        #expect(try weight(folder.file("copy.onnx")) == 1 && weight(out) == 2)
        let old = folder.contents.filter { $0.hasSuffix(".data") }
        #expect(old.count == 2)
        // The file that's left is named.
        let notes = try JSONValue(parsing: second.output).member("notes").array()
        #expect(try notes.count == 1 && old.contains { try notes[0].string().hasPrefix(folder.file($0)) })
        // The same again changes nothing.
        let before = folder.contents
        #expect(try Command.run("export", folder.file("2.osteon"), "--external-data", "-o", out).status == 0)
        #expect(folder.contents == before)
    }

    @Test func exportsAtOnceGiveOneOfThem() throws {
        let folder = try Scratch()
        let out = folder.file("m.onnx")
        for value in [1, 2] as [Float] { try write(value, to: folder.file("\(Int(value)).osteon")) }
        for _ in 0..<5 {
            let processes = try [1, 2].map { number in
                let process = Process()
                process.executableURL = Command.binary
                process.arguments = ["export", folder.file("\(number).osteon"), "--external-data", "-o", out, "--quiet"]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                return process
            }
            for process in processes {
                process.waitUntilExit()
                #expect(process.terminationStatus == 0)
            }
            #expect(try [1, 2].contains(weight(out)))
            #expect(!folder.contents.contains { $0.hasPrefix(".") })
        }
    }

    /// What a killed export left is gone after the next.
    @Test func aKilledRunsFilesAreRemoved() throws {
        let folder = try Scratch()
        try write(1, to: folder.file("1.osteon"))
        try OutputPaths.makeFolder(folder.file(".osteon-7-1f.stage"))
        for name in [".osteon-7-1f.partial", ".osteon-7-1f.stage/m.onnx", ".osteon-8-2e.partial"] {
            #expect(FileManager.default.createFile(atPath: folder.file(name), contents: Data([1])))
        }
        #expect(try Command.run("export", folder.file("1.osteon"), "-o", folder.file("m.onnx")).status == 0)
        #expect(folder.contents == ["1.osteon", "m.onnx"])
    }

    @Test func errorsNameTheDestination() throws {
        let folder = try Scratch()
        try write(1, to: folder.file("1.osteon"))
        let result = try Command.run(["export", folder.file("1.osteon"), "-o", "m.onnx"], in: "/proc")
        #expect(result.status == 2 && result.errors.contains("m.onnx") && !result.errors.contains(".osteon-"), "\(result.errors)")
    }
}
