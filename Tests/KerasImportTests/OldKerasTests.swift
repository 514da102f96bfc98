import Foundation
import KerasImport
import TestSupport
import Testing

/// What Keras 1 didn't write: backends, data formats, versions. The fixtures `k1_…` hold its own results, on Theano and on TensorFlow.
@Suite struct OldKerasTests {
    private typealias M = ModelMaker

    private let unnamed = "\(FixtureTests.folder)/k1_unnamed.h5"

    @Test func backendThatNothingTellsIsAskedFor() throws {
        let error = try #require(M.error { _ = try KerasImporter().importModel(path: unnamed) })
        #expect(error.code == .usage && error.message.contains("‹keras-backend›"))
        let arrays = try FixtureTests.arrays("k1_unnamed")
        let image = try #require(arrays["image"])
        let expected = try #require(arrays["conv"])
        for backend in KerasOrigin.Backend.allCases {
            let model = try KerasImporter().importModel(path: unnamed, options: ImportOptions(kerasOrigin: KerasOrigin(backend: backend)))
            #expect(model.notes.contains { $0.contains("taken as \(backend.rawValue)") })
            let result = try #require(try model.graph.evaluateReference(["image": image])["conv"])
            let comparison = try TensorComparison(result, reference: expected)
            // Theano wrote it, so the other reading is another network.
            #expect(comparison.passes(Tolerance(name: "import", absolute: 1e-6, relativeToMaximum: 1e-5)) == (backend == .theano))
        }
    }

    /// The file's own names win over what's told.
    @Test func whatTheFileTellsCounts() throws {
        let path = "\(FixtureTests.folder)/k1_tensorflow_tf_images.h5"
        let model = try KerasImporter().importModel(path: path, options: ImportOptions(kerasOrigin: KerasOrigin(backend: .theano)))
        try FixtureTests.compare(model, FixtureTests.arrays("k1_tensorflow_tf_images"))
    }

    // MARK: Data formats

    private func old(_ layers: [JSONValue], output: String, _ format: KerasOrigin.DataFormat? = nil) throws -> ImportedModel {
        let json = M.model(layers, outputs: [[.string(output), 0, 0]], keras: "1.2.2")
        return try M.importing(json, options: ImportOptions(kerasOrigin: KerasOrigin(dataFormat: format)))
    }

    @Test func dataFormatThatNothingTellsIsAskedFor() throws {
        for (name, config, first, last) in [
            ("UpSampling2D", ["size": [2, 2]], "f32[N×8×16×4]", "f32[N×16×16×2]"),
            ("ZeroPadding2D", ["padding": [1, 2]], "f32[N×8×10×6]", "f32[N×10×12×2]"),
            ("Cropping2D", ["cropping": [[0, 0], [1, 0]]], "f32[N×8×8×1]", "f32[N×8×7×2]"),
        ] as [(String, JSONValue, String, String)] {
            let layers = [M.input(), M.layer(name, "layer", config)]
            let error = try #require(M.error { _ = try old(layers, output: "layer") })
            #expect(error.code == .usage && error.message.contains("‹keras-data-format›"), "\(error.message)")
            for (format, expected) in [(KerasOrigin.DataFormat.channelsFirst, first), (.channelsLast, last)] {
                let model = try old(layers, output: "layer", format)
                #expect(model.graph.outputs.map { model.graph.type($0).description } == [expected], "\(name)")
                #expect(model.notes.contains { $0.contains("as given") })
            }
        }
    }

    @Test func dataFormatsComeFromTheLayersAround() throws {
        let pool = { (name: String, ordering: JSONValue, source: JSONValue) in
            M.layer("MaxPooling2D", name, ["dim_ordering": ordering], from: [[[source, 0, 0, [:]]]])
        }
        let up = { (name: String, source: JSONValue) in M.layer("UpSampling2D", name, from: [[[source, 0, 0, [:]]]]) }
        // Before and behind it, through layers that keep axes.
        for layers in [
            [
                M.input(), pool("a", "th", "x"), M.layer("Activation", "b", ["activation": "relu"], from: [[["a", 0, 0, [:]]]]),
                up("c", "b"),
            ],
            [M.input(), up("b", "x"), pool("c", "th", "b")],
        ] {
            let model = try old(layers, output: "c")
            #expect(model.graph.outputs.map { model.graph.type($0).description }[0].hasPrefix("f32[N×8×"), "\(model.notes)")
        }
        // Two orderings in one model: the nearest counts, and where they disagree nothing is taken.
        let mixed = [
            M.input(), pool("a", "th", "x"), up("b", "a"), M.layer("Permute", "c", ["dims": [2, 3, 1]], from: [[["b", 0, 0, [:]]]]),
            pool("d", "tf", "c"), up("e", "d"),
        ]
        let model = try old(mixed, output: "e")
        #expect(model.graph.outputs.map { model.graph.type($0).description } == ["f32[N×8×2×8]"])
        let torn = [M.input(), pool("a", "th", "x"), up("b", "a"), pool("c", "tf", "b")]
        #expect(errorCode { _ = try old(torn, output: "c") } == .usage)
    }

    // MARK: Batch normalisation

    /// `γ (x − mean) / (deviation + ε) + β` before 1.0.6, with ε large enough to tell.
    @Test func earlyBatchNormalizationKeepsDeviations() throws {
        let config: JSONValue = ["epsilon": 0.5, "mode": 0, "axis": -1, "momentum": 0.9]
        func graph(_ version: JSONValue?, told: String? = nil) throws -> Graph {
            var json = M.model(
                [M.input("x", [6, 6, 4]), M.layer("BatchNormalization", "batch_normalization", config)],
                outputs: [["batch_normalization", 0, 0]], keras: "1.0.5")
            if case .object(var members) = json {
                members.removeAll { $0.name == "keras_version" }
                if let version {
                    members.append(JSONValue.Member("keras_version", version))
                } else {
                    members.append(JSONValue.Member("x", 1))
                }
                json = .object(members)
            }
            return try M.importing(json, options: ImportOptions(kerasOrigin: KerasOrigin(version: told))).graph
        }
        let input = try Tensor((0..<144).map { Float($0 % 13) / 4 }, shape: [1, 6, 6, 4])
        func run(_ graph: Graph) throws -> [Float] {
            let result = try #require(try graph.evaluateReference(["x": input]).first?.value)
            return (0..<144).map { result.elements(Float.self)[$0] }
        }
        let early = try run(graph("1.0.5"))
        let later = try graph("1.0.6")
        let late = try run(later)
        let variables = try ["gamma", "beta", "moving_mean", "moving_variance"].map { name -> [Double] in
            let tensor = try #require(later.constant(later.value(named: "batch_normalization/\(name)")))
            return (0..<4).map { Double(tensor.elements(Float.self)[$0]) }
        }
        for place in 0..<144 {
            let c = place % 4
            let centred = Double(place % 13) / 4 - variables[2][c]
            #expect(abs(Double(early[place]) - (variables[0][c] * centred / (variables[3][c] + 0.5) + variables[1][c])) < 1e-5)
            #expect(abs(Double(late[place]) - (variables[0][c] * centred / (variables[3][c] + 0.5).squareRoot() + variables[1][c])) < 1e-5)
        }
        // A version that doesn't go that far is asked for.
        #expect(errorCode { _ = try graph("1") } == .usage)
        #expect(try run(graph("1.1.0")) == late)
    }

    @Test func optionsAreChecked() throws {
        #expect(errorCode { _ = try KerasOrigin(parsing: "torch", dataFormat: nil, version: nil) } == .usage)
        #expect(errorCode { _ = try KerasOrigin(parsing: nil, dataFormat: "nchw", version: nil) } == .usage)
        #expect(errorCode { _ = try KerasOrigin(parsing: nil, dataFormat: nil, version: "x") } == .usage)
        let origin = try KerasOrigin(parsing: "Theano", dataFormat: "channels_first", version: "1.0.5")
        #expect(origin == KerasOrigin(backend: .theano, dataFormat: .channelsFirst, version: "1.0.5"))
    }
}
