import GraphIR
import TestSupport
import Testing
import Workflows

/// Archives in Clara Train's layout, made by TensorFlow: both ways into each network, held to TensorFlow's results.
@Suite struct MMARFixtureTests {
    static let names = ArchiveFixture.names(in: "mmar")

    /// With the names this archive's configuration gives for input and output; others than the usual in one of them.
    private func archive(_ name: String) -> ArchiveFixture {
        let options =
            name == "segmentation_ct_lung_tumor"
            ? ImportOptions(inputs: ["cond/Merge": nil], outputs: ["NV_OUTPUT_LABEL"]) : ImportOptions()
        return ArchiveFixture(path: "mmar/\(name)", options: options)
    }

    @Test func everyRowOfTheCatalogueIsThere() {
        #expect(Self.names.count == 14)
        #expect(Self.names.count { $0.hasPrefix("segmentation_") } == 11)
    }

    @Test(arguments: names) func frozenGraphsMatchTensorFlow(name: String) throws {
        let archive = archive(name)
        try archive.compare(archive.model("model.fzn.pb"))
    }

    @Test(arguments: ["classification_chestxray", "knee2d"]) func graphsOfALayoutOptimiserMatchToo(name: String) throws {
        let archive = archive(name)
        let rewritten = try archive.model("model.trt.pb")
        try archive.compare(rewritten)
        // The classifier's images are channels-last outside.
        #expect(rewritten.graph.operatorCounts["Transpose"] ?? 0 == (name == "knee2d" ? 0 : 1))
    }

    @Test(arguments: names) func checkpointsGiveTheSameGraphBitForBit(name: String) throws {
        try archive(name).compareCheckpoint()
    }

    /// What's left of each network is what a person would draw, whatever the extents.
    @Test(arguments: names) func nothingOfTheSpellingIsLeft(name: String) throws {
        let graph = try archive(name).model("model.fzn.pb").graph
        var drawn: Set<String> = [
            "Add", "AveragePool", "BatchNormalization", "Concat", "Convolution", "Gemm", "GroupNormalization", "LeakyRelu", "MatMul",
            "MaxPool",
            "ReduceMean", "Relu", "Resize", "SemilinearUpsample", "Sigmoid", "Softmax",
        ]
        if name == "classification_chestxray" { drawn.insert("Transpose") }
        #expect(Set(graph.operatorCounts.keys).subtracting(drawn) == [], "\(graph.operatorCounts)")
        let isFree = graph.type(graph.inputs[0]).shape?.dropFirst(2).allSatisfy { $0.fixed == nil }
        let fixed = [
            "annotation_ct_spleen", "classification_chestxray", "knee2d", "segmentation_mri_brain_tumors_br16_full",
            "segmentation_mri_left_atrium",
        ]
        #expect(isFree == !fixed.contains(name))
        #expect(graph.operatorCounts["ReduceMean"] ?? 0 == (name == "classification_chestxray" ? 1 : 0))
    }

    /// In the engine, whose kernels differ by layout.
    @Test(arguments: ["knee2d", "segmentation_mri_prostate_cg_and_pz"]) func everyRewriteKeepsItsPromise(name: String) throws {
        let scratch = try Scratch()
        let archive = archive(name)
        var conversion = Conversion(
            source: "\(archive.folder)/models/model.fzn.pb", importOptions: archive.options, destination: scratch.file("model.osteon"))
        conversion.checkEachRewrite = true
        conversion.reference = "\(archive.folder)/reference.npz"
        let passes = Set(try conversion.run().passes.map(\.id))
        #expect(passes.isSuperset(of: ["push-transpositions", "fold-batch-normalization", "fuse-bias"]))
    }

    @Test func theParametersLeftAreTheNetworksOwn() throws {
        // Constant kernels of upsampling are as big as all weights together here.
        let graph = try archive("segmentation_ct_liver_and_tumor").model("model.fzn.pb").graph
        #expect(graph.operatorCounts["SemilinearUpsample"] == 5)
        #expect(graph.weights.reduce(0) { $0 + $1.1.byteCount } < 80_000)
    }
}

extension Graph {
    fileprivate var operatorCounts: [String: Int] {
        nodeIDs.reduce(into: [:]) { $0[Swift.type(of: self[$1].op).id, default: 0] += 1 }
    }
}
