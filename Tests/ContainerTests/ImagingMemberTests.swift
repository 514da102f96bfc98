import Container
import Contracts
import TestSupport
import Testing

/// The contract for images as a member of a native file.
@Suite struct ImagingMemberTests {
    @Test func aFileCarriesIt() throws {
        let contract = ImagingContract(
            name: "spleen", task: .segmentation, input: .init(name: "x", channels: [.init(name: "CT", modality: "CT")]),
            output: .init(name: "y", labels: [.init(index: 0, name: "background"), .init(index: 1, name: "spleen")]),
            pipelines: [ImagingPipeline(source: "a.json", window: ImagingWindow(mode: .scanning, region: [96, 96, 96], overlap: 0.25))])
        var graph = Graph(name: "g")
        let input = graph.addInput("x", TensorType(.f32, [.fixed(2)]))
        graph.setOutputs(try graph.add(Relu(), [input], outputNames: ["y"]))
        let bytes = try NativeWriter.encoded(ModelFile(graph: graph, imaging: contract))
        let back = try NativeReader.read(bytes)
        #expect(back.imaging == contract && back.metadata.isEmpty)
        #expect(try NativeWriter.encoded(back) == bytes)
        #expect(try NativeReader.read(NativeWriter.encoded(ModelFile(graph: graph))).imaging == nil)
        #expect(errorCode { _ = try NativeWriter.encoded(ModelFile(graph: graph, metadata: ["imaging": "{}"])) } == .usage)
    }
}
