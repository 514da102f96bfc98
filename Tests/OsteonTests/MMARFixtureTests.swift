import Foundation
import GraphIR
import Inspection
import Osteon
import TestSupport
import Testing

/// Archives in Clara Train's layout, made by TensorFlow: both ways into each network, held to TensorFlow's results.
@Suite struct MMARFixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/mmar").path

    static let names = try! FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()

    /// The names this archive's configuration gives for input and output; others than the usual in one of them.
    private func options(_ name: String) -> ImportOptions {
        guard name == "segmentation_ct_lung_tumor" else { return ImportOptions() }
        return ImportOptions(inputs: ["cond/Merge": nil], outputs: ["NV_OUTPUT_LABEL"])
    }

    private func model(_ name: String, _ file: String) throws -> Model {
        try Model.open("\(Self.folder)/\(name)/models/\(file)", options: options(name)).optimized().model
    }

    private func compare(_ model: Model, _ name: String) throws {
        let arrays = Dictionary(
            try NPZ.read("\(Self.folder)/\(name)/reference.npz").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        let inputs = arrays.filter { model.inputNames.contains($0.key) }
        let results = try model.session(for: inputs).run(inputs)
        #expect(results.count == 1)
        for (output, result) in results {
            let reference = try #require(arrays[output])
            try #require(result.shape == reference.shape)
            let comparison = try TensorComparison(result, reference: reference)
            #expect(comparison.maximumAbsoluteError < 2e-5, "\(name): \(comparison.maximumAbsoluteError)")
        }
    }

    @Test func everyRowOfTheCatalogueIsThere() {
        #expect(Self.names.count == 14)
        #expect(Self.names.count { $0.hasPrefix("segmentation_") } == 11)
    }

    @Test(arguments: names) func frozenGraphsMatchTensorFlow(name: String) throws {
        try compare(model(name, "model.fzn.pb"), name)
    }

    @Test(arguments: ["classification_chestxray", "knee2d"]) func graphsOfALayoutOptimiserMatchToo(name: String) throws {
        let rewritten = try model(name, "model.trt.pb")
        try compare(rewritten, name)
        // The classifier's images are channels-last outside.
        #expect(rewritten.graph.operatorCounts["Transpose"] ?? 0 == (name == "knee2d" ? 0 : 1))
    }

    @Test(arguments: names) func checkpointsGiveTheSameGraphBitForBit(name: String) throws {
        let frozen = try model(name, "model.fzn.pb").graph, restored = try model(name, "model.ckpt.meta").graph
        let difference = try GraphDifference(frozen, restored)
        #expect(difference.isEmpty, "\(difference.onlyInFirst) \(difference.onlyInSecond) \(difference.changed.map { ($0.name, $0.changes) })")
        let first = weights(frozen), second = weights(restored)
        try #require(first.map { $0.0 } == second.map { $0.0 })
        for ((weight, a), (_, b)) in zip(first, second) { #expect(a.isIdentical(to: b), "\(weight)") }
    }

    private func weights(_ graph: Graph) -> [(String, Tensor)] {
        graph.valueIDs.compactMap { value in graph.constant(value).map { (graph[value].name, $0) } }.sorted { $0.0 < $1.0 }
    }

    /// What's left of each network is what a person would draw, whatever the extents.
    @Test(arguments: names) func nothingOfTheSpellingIsLeft(name: String) throws {
        let graph = try model(name, "model.fzn.pb").graph
        var drawn: Set<String> = [
            "Add", "AveragePool", "BatchNormalization", "Concat", "Convolution", "Gemm", "GroupNormalization", "LeakyRelu", "MatMul", "MaxPool",
            "ReduceMean", "Relu", "Resize", "SemilinearUpsample", "Sigmoid", "Softmax",
        ]
        if name == "classification_chestxray" { drawn.insert("Transpose") }
        #expect(Set(graph.operatorCounts.keys).subtracting(drawn) == [], "\(graph.operatorCounts)")
        let isFree = graph.type(graph.inputs[0]).shape?.dropFirst(2).allSatisfy { $0.fixed == nil }
        let fixed = ["annotation_ct_spleen", "classification_chestxray", "knee2d", "segmentation_mri_brain_tumors_br16_full", "segmentation_mri_left_atrium"]
        #expect(isFree == !fixed.contains(name))
        #expect(graph.operatorCounts["ReduceMean"] ?? 0 == (name == "classification_chestxray" ? 1 : 0))
    }

    /// In the engine, whose kernels differ by layout.
    @Test(arguments: ["knee2d", "segmentation_mri_prostate_cg_and_pz"]) func everyRewriteKeepsItsPromise(name: String) throws {
        let scratch = try Scratch()
        let source = "\(Self.folder)/\(name)/models/model.fzn.pb"
        var conversion = Conversion(source: source, importOptions: options(name), destination: scratch.file("model.osteon"))
        conversion.checkEachRewrite = true
        conversion.reference = "\(Self.folder)/\(name)/reference.npz"
        #expect(try conversion.run().passes.count > 3)
    }

    @Test func theParametersLeftAreTheNetworksOwn() throws {
        // Constant kernels of upsampling are as big as all weights together here.
        let graph = try model("segmentation_ct_liver_and_tumor", "model.fzn.pb").graph
        #expect(graph.operatorCounts["SemilinearUpsample"] == 5)
        #expect(weights(graph).reduce(0) { $0 + $1.1.byteCount } < 80_000)
    }
}

extension Graph {
    fileprivate var operatorCounts: [String: Int] {
        nodeIDs.reduce(into: [:]) { $0[Swift.type(of: self[$1].op).id, default: 0] += 1 }
    }
}
