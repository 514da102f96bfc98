import Container
import Foundation
import TestSupport
import Testing

@Suite struct RoundTripTests {
    @Test func aModelSurvivesAFile() throws {
        try withTemporaryFolder { folder in
            let model = try Samples.model()
            let path = "\(folder)/a.osteon"
            try NativeWriter.write(model, to: path)
            let read = try NativeReader.open(path)
            #expect(try summary(read) == summary(model))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(NativeWriter.encoded(model)))
        }
    }

    @Test func whatWasReadIsWrittenTheSame() throws {
        let bytes = try NativeWriter.encoded(Samples.model())
        #expect(try NativeWriter.encoded(NativeReader.read(bytes)) == bytes)
        for _ in 0..<5 { #expect(try NativeWriter.encoded(Samples.model()) == bytes) }
    }

    @Test func equalWeightsAreStoredOnce() throws {
        let bytes = try NativeWriter.encoded(Samples.model())
        let end = 8 + bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        // A double, three floats that two values share, one float; what's dead is left out.
        #expect(end % 64 == 0 && bytes.count - end == 8 + 12 + 4)
        let graph = try NativeReader.read(bytes).graph
        let ids = graph.valueIDs.filter { ["bias", "same bias"].contains(graph[$0].name) }
        #expect(ids.count == 2)
        #expect(ids.map { graph.constant($0)?.byteOffset } == [8, 8])
    }

    @Test(arguments: ElementType.allCases)
    func everyElementTypeIsStored(_ type: ElementType) throws {
        var graph = Graph(name: "types")
        let tensors = try [[], [0], [3], [2, 2]].map { shape in
            try Tensor((0..<shape.reduce(1, *)).map { Double($0 % 2) }, shape: shape).converted(to: type)
        }
        let ids = tensors.enumerated().map { graph.addConstant("c\($0)", $1) }
        graph.setOutputs(ids)
        let read = try NativeReader.read(NativeWriter.encoded(ModelFile(graph: graph))).graph
        #expect(read.outputs.map { read[$0].name } == ["c0", "c1", "c2", "c3"])
        for (id, tensor) in zip(read.outputs, tensors) { #expect(read.constant(id)?.isIdentical(to: tensor) == true) }
    }

    @Test func theOutputComputesTheSame() throws {
        let model = try Samples.model()
        let read = try NativeReader.read(NativeWriter.encoded(model))
        let inputs = [
            "x": try Tensor([Float](repeating: -4, count: 6), shape: [1, 2, 3]),
            "mask": try Tensor([Float](repeating: 1, count: 6), shape: [1, 2, 3]),
        ]
        let a = try model.graph.evaluateReference(inputs)
        let b = try read.graph.evaluateReference(inputs)
        #expect(a.count == 2 && b.count == 2)
        for (name, tensor) in a { #expect(b[name]?.isIdentical(to: tensor) == true) }
    }

    @Test func aModelThatContradictsItselfIsNotWritten() throws {
        var model = try Samples.tiny()
        model.descriptions = ["z": PortDescription(text: "nothing")]
        let onDescription = errorCode { _ = try NativeWriter.encoded(model) }
        #expect(onDescription == .usage)
        model.descriptions = [:]
        model.metadata = ["graph": "mine"]
        let onKey = errorCode { _ = try NativeWriter.encoded(model) }
        #expect(onKey == .usage)
    }
}
