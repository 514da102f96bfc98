import Container
import GraphIR
import Operators
import Tensors
import TestSupport
import Testing
import Workflows

/// One rule for shapes in every command.
@Suite struct ShapeRequestTests {
    private static let network = Project.fixture("onnx/unet3d_small.onnx")

    private func shapes(_ requests: ShapeRequest..., inputs: [(String, TensorType)], batch: Int = 1) throws -> [String: [Int]] {
        let folder = try Scratch()
        var graph = Graph()
        var outputs: [ValueID] = []
        for (name, type) in inputs { outputs.append(try graph.add(Relu(), [graph.addInput(name, type)])[0]) }
        graph.setOutputs(outputs)
        let path = folder.file("m.osteon")
        try NativeWriter.write(ModelFile(graph: graph), to: path)
        return try Model.open(path).shapes(for: requests, batch: batch)
    }

    private static let first = TensorType(.f32, [.free("N"), 2, .free("D"), .free("H"), .free("W")])
    private static let last = TensorType(.f32, [.free("N"), .free("D"), .free("H"), .free("W"), 2])

    @Test func spatialExtentsAreCompletedByTheInputsOwn() throws {
        #expect(try shapes(.init([8, 9, 10]), inputs: [("x", Self.first)]) == ["x": [1, 2, 8, 9, 10]])
        #expect(try shapes(.init([8, 9, 10]), inputs: [("x", Self.last)], batch: 3) == ["x": [3, 8, 9, 10, 2]])
        #expect(try shapes(.init([4, 2, 8, 9, 10]), inputs: [("x", Self.first)]) == ["x": [4, 2, 8, 9, 10]])
        #expect(try shapes(.init(input: "y", [8, 9, 10]), inputs: [("x", Self.first), ("y", Self.last)]) == ["y": [1, 8, 9, 10, 2]])
        #expect(try shapes(.init([5]), inputs: [("x", TensorType(.f32, nil))]) == ["x": [5]])
    }

    @Test func whatIsUnclearIsRefused() throws {
        let open = TensorType(.f32, [.free("N"), .free("C"), .free("D"), .free("H"), .free("W")])
        let vector = TensorType(.f32, [.free("A"), .free("B"), .free("C")])
        let cases: [(requests: ShapeRequest, inputs: [(String, TensorType)], words: String)] = [
            (.init([8, 9, 10]), [("x", open)], "the channels are open too"),
            (.init([8, 9]), [("x", Self.first)], "fits no input (x: "),
            (.init([8, 9, 10]), [("x", Self.first), ("v", vector)], "write NAME=8x9x10"),
            (.init(input: "z", [8, 9, 10]), [("x", Self.first)], "There's no input z"),
            (.init([]), [("x", TensorType(.f32, [.free("N"), 2]))], "fits no input"),
        ]
        for (request, inputs, words) in cases {
            let error = try #require(throws: OsteonError.self) { try shapes(request, inputs: inputs) }
            #expect(error.code == .usage && error.message.contains(words), "\(error.message)")
        }
        #expect(try shapes(.init(input: "v", [8, 9, 10]), inputs: [("x", Self.first), ("v", vector)]) == ["v": [8, 9, 10]])
    }

    @Test(arguments: ["inspect", "kernels", "bench"]) func everyCommandTakesThem(command: String) throws {
        let options = command == "bench" ? ["--runs", "1"] : []
        for shape in ["8x8x8", "1x1x8x8x8", "image=8x8x8"] {
            let result = try Command.run([command, Self.network, "--shape", shape] + options)
            #expect(result.status == 0, "\(result.errors)")
        }
        let result = try Command.run([command, Self.network, "--shape", "8x8"] + options)
        #expect(result.status == 64 && result.errors.contains("--shape 8x8 fits no input (image: f32[N×1×D×H×W])"), "\(result.errors)")
    }
}
