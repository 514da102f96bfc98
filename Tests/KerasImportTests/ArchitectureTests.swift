import KerasImport
import TestSupport
import Testing

/// Weights whose architecture is given apart.
@Suite struct ArchitectureTests {
    @Test(arguments: [("k2_apart", "k2_apart.h5"), ("k3_apart", "k3_apart.weights.h5")])
    func jsonAndWeights(name: String, weights: String) throws {
        let options = ImportOptions(architecture: .file("\(FixtureTests.folder)/\(name).json"))
        let model = try KerasImporter().importModel(path: "\(FixtureTests.folder)/\(weights)", options: options)
        try FixtureTests.compare(model, FixtureTests.arrays(name))
        #expect(model.sourceFiles.map { $0.path.split(separator: "/").last.map(String.init) ?? "" } == [weights, "\(name).json"])
    }

    private func network(_ text: String, _ weights: String = "k2_unet3d.h5") throws -> ImportedModel {
        try KerasImporter().importModel(
            path: "\(FixtureTests.folder)/\(weights)", options: ImportOptions(architecture: try Architecture(text)))
    }

    private func matches(_ model: ImportedModel, _ name: String) throws {
        let arrays = try FixtureTests.arrays(name)
        let reference = try #require(arrays.first { $0.key != "input_1" })
        let input = try #require(arrays["input_1"])
        let result = try #require(try model.graph.evaluateReference(["input_1": input]).first)
        let comparison = try TensorComparison(result.value, reference: reference.value)
        #expect(comparison.passes(Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)))
    }

    /// Layers of the file are numbered otherwise (`conv3d`, `conv3d_1`), so that they're taken in order.
    @Test func unetsHaveTheLayersOfTheOriginal() throws {
        let batch = try network("unet3d:depth=3,n_base_filters=2,input_shape=[2,8,8,8],batch_normalization=true")
        try matches(batch, "k2_unet3d")
        #expect(batch.notes.contains { $0.contains("taken in order") })
        let instance = "unet3d:depth=3,n_base_filters=2,input_shape=[2,None,None,None],deconvolution=True,instance_normalization=True"
        #expect(errorCode { _ = try network(instance, "k2_unet3d_instance.h5") } == .usage)
        let json = instance.replacing("None", with: "null").replacing("True", with: "true")
        try matches(network(json, "k2_unet3d_instance.h5"), "k2_unet3d_instance")
    }

    @Test(arguments: [
        ("vgg16", 13), ("vgg19", 16), ("vgg16:include_top=true", 16), ("resnet50", 106), ("resnet101:include_top=true", 209),
        ("resnet152", 310), ("densenet121", 241), ("densenet169", 337), ("densenet201", 401), ("mobilenet:include_top=true", 55),
    ])
    func classifiersHaveTheLayersOfTheOriginal(text: String, count: Int) throws {
        let error = try #require(ModelMaker.error { _ = try network(text) })
        #expect(error.code == .malformed)
        #expect(error.message.contains("the model has \(count) with weights"), "\(error.message)")
    }

    @Test func wrongNetworksAndArgumentsAreUsageErrors() {
        for text in [
            "unet4d", "unet3d:depth=0", "unet3d:filters=8", "unet3d:depth=a", "vgg16:input_shape=[3]", "vgg16:pooling=sum",
            "mobilenet:alpha=0", "unet3d:data_format=nchw",
        ] {
            #expect(errorCode { _ = try network(text) } == .usage, "\(text)")
        }
        #expect(ModelMaker.error { _ = try network("unet4d") }?.message.contains("unet3d") == true)
        #expect(ModelMaker.error { _ = try network("unet3d:filters=8") }?.message.contains("n_base_filters") == true)
    }
}
