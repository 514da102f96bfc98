import KerasImport
import TestSupport
import Testing

/// Names, notes and options of imports.
@Suite struct ImportTests {
    private typealias M = ModelMaker

    private func open(_ name: String, _ options: ImportOptions = ImportOptions()) throws -> ImportedModel {
        try KerasImporter().importModel(path: "\(FixtureTests.folder)/\(name)", options: options)
    }

    @Test func valuesAreNamedAsLayersAre() throws {
        let model = try open("k2_nested.h5")
        let graph = model.graph
        #expect(graph.inputs.map { graph[$0].name } == ["left", "right"])
        #expect(graph.outputs.map { graph[$0].name } == ["classes", "frozen"])
        // The encoder and what's in it are called twice, the layer `shared` too.
        for name in ["encoder/first", "encoder_1/first", "encoder/head/last", "encoder_1/head/last", "shared", "shared_1"] {
            let cut = try open("k2_nested.h5", ImportOptions(outputs: [name])).graph
            #expect(cut.outputs.map { cut[$0].name } == [name])
        }
        // Their weights are there once.
        #expect(graph.value(named: "encoder/first/kernel") != nil && graph.value(named: "encoder_1/first/kernel") == nil)
        #expect(graph.type(graph.inputs[0]).description == "f32[N×left_1×left_2×3]")
        #expect(model.producer.hasPrefix("Keras 2.") && model.producer.hasSuffix("(tensorflow)"))
    }

    @Test func furtherCallsKeepOffTheNamesOfLayers() throws {
        let layers = [
            M.input(), M.layer("ReLU", "a", from: [[["x", 0, 0, [:]]], [["a", 0, 0, [:]]]]),
            M.layer("Flatten", "a_1", from: [[["a", 1, 0, [:]]]]),
        ]
        let graph = try M.importing(M.model(layers, outputs: [["a_1", 0, 0]])).graph
        #expect(graph.outputs.map { graph[$0].name } == ["a_1"])
        #expect(graph.value(named: "a_2") != nil)
    }

    @Test func graphsCanBeCut() throws {
        let cut = try open("k2_unet3d.h5", ImportOptions(inputs: ["max_pooling3d": [1, 4, 4, 4, 4]], outputs: ["conv3d_3"])).graph
        #expect(cut.inputs.map { cut[$0].name } == ["max_pooling3d"])
        #expect(cut.outputs.map { cut.type($0).description } == ["f32[1×8×4×4×4]"])
        #expect(errorCode { _ = try open("k2_unet3d.h5", ImportOptions(outputs: ["nothing"])) } == .usage)
    }

    @Test func whatIsNotSupportedCanBeFed() throws {
        let layers = [M.input(), M.layer("Wavelet", "odd"), M.layer("ReLU", "end", from: [[["odd", 0, 0, [:]]]])]
        let json = M.model(layers, outputs: [["end", 0, 0]])
        let graph = try M.importing(json, options: ImportOptions(inputs: ["odd": [1, 4]])).graph
        #expect(graph.inputs.map { graph[$0].name } == ["odd"])
    }

    @Test func halfPrecisionIsWidenedWhereTheModelIsNot() throws {
        let model = try open("k2_half_stored.h5")
        let kernel = try #require(model.graph.value(named: "encoder/first/kernel"))
        #expect(model.graph.type(kernel).elementType == .f32)
        #expect(try open("k2_mixed.h5").notes.contains { $0.contains("mixed precision") })
    }

    @Test func halfPrecisionModelsStayHalf() throws {
        let json = M.model(
            [
                [
                    "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
                    "config": ["batch_input_shape": [nil, 36], "dtype": "float16"],
                ],
                M.layer("Dense", "dense", ["units": 3, "dtype": "float16"]),
            ], outputs: [["dense", 0, 0]])
        let graph = try M.importing(json).graph
        #expect(graph.type(graph.outputs[0]).elementType == .f16)
    }

    @Test func otherBackendsAreNoted() throws {
        #expect(try open("k2_theano.h5").notes.contains { $0.contains("mirrored") })
        #expect(try open("k1_theano_tf_images.h5").notes.contains { $0.contains("mirrored") })
        #expect(try !open("k1_tensorflow_th_images.h5").notes.contains { $0.contains("Theano") })
        #expect(try open("k1_tensorflow_sequences.h5").notes.isEmpty)
    }

    @Test func hardSigmoidDiffersByVersion() throws {
        for (version, alpha) in [("2.4.0", 0.2), ("3.1.0", 1.0 / 6)] {
            let json = M.model(
                [M.input(), M.layer("Activation", "layer", ["activation": "hard_sigmoid"])], outputs: [["layer", 0, 0]], keras: version)
            let graph = try M.importing(json).graph
            let node = try #require(graph.producer(graph.outputs[0]))
            #expect((graph[node].op as? HardSigmoid)?.alpha == alpha)
        }
    }

    @Test func bilinearUpsamplingDiffersByVersion() throws {
        for (version, expected) in [("2.2.4", Resize.CoordinateTransformation.asymmetric), ("2.2.4-tf", .halfPixel), ("2.9.0", .halfPixel)]
        {
            let json = M.model(
                [M.input(), M.layer("UpSampling2D", "layer", ["interpolation": "bilinear", "data_format": "channels_first"])],
                outputs: [["layer", 0, 0]], keras: version)
            let graph = try M.importing(json).graph
            let node = try #require(graph.producer(graph.outputs[0]))
            #expect((graph[node].op as? Resize)?.coordinateTransformation == expected, "\(version)")
        }
    }

    @Test func recognizesKerasFilesOnly() throws {
        for (name, expected) in [("k2_apart.h5", true), ("k3_nested.keras", true), ("k3_nested.npz", false), ("k2_apart.json", false)] {
            let source = try Source(path: "\(FixtureTests.folder)/\(name)")
            #expect(KerasImporter().recognize(source) == (expected ? .certain : .no), "\(name)")
        }
    }

    /// Once the inputs are bound, every extent is known.
    @Test(arguments: FixtureTests.names)
    func bindingInputsSettlesEveryShape(name: String) throws {
        let arrays = try FixtureTests.arrays(String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)]))
        var graph = try open(name).graph
        var shapes: [String: [Int]] = [:]
        for input in graph.inputs { shapes[graph[input].name] = try #require(arrays[graph[input].name]).shape }
        try graph.specialize(inputShapes: shapes)
        for node in graph.nodeIDs {
            for output in graph[node].outputs { #expect(graph.type(output).fixedShape != nil, "\(graph[output].name)") }
        }
    }
}
