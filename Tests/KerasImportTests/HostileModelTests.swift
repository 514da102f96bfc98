import Foundation
import KerasImport
import TestSupport
import Testing

/// Models that are wrong, too large or not to be trusted: each gives one clear error.
@Suite struct HostileModelTests {
    private typealias M = ModelMaker

    // MARK: Code

    @Test func lambdaIsRefusedAndNamed() throws {
        let code: JSONValue = ["name": "layer", "function": ["4wEAAAA=", nil, nil], "function_type": "lambda"]
        let error = try #require(M.error(M.single("Lambda", code)))
        #expect(error.code == .unsafeReference)
        #expect(error.message.contains("layer (Lambda)"))
    }

    @Test func codeInOtherLayersIsRefused() {
        let merge: JSONValue = ["mode": "4wEAAAA=", "mode_type": "lambda"]
        #expect(M.error(M.single("Merge", merge))?.code == .unsafeReference)
        let activation: JSONValue = ["activation": ["class_name": "__lambda__", "config": ["value": "4wEAAAA="]]]
        #expect(M.error(M.single("Activation", activation))?.code == .unsafeReference)
    }

    @Test func modelCanEndBeforeCode() throws {
        let layers = [
            M.input(), M.layer("Flatten", "flat"), M.layer("Lambda", "code", ["function": "x"], from: [[["flat", 0, 0, [:]]]]),
        ]
        let json = M.model(layers, outputs: [["code", 0, 0]])
        #expect(M.error(json)?.code == .unsafeReference)
        let model = try M.importing(json, options: ImportOptions(outputs: ["flat"]))
        #expect(model.graph.outputs.map { model.graph[$0].name } == ["flat"])
        #expect(errorCode { _ = try M.importing(json, options: ImportOptions(outputs: ["code"])) } == .unsafeReference)
    }

    // MARK: What isn't known

    @Test func everyUnknownClassIsListed() throws {
        let layers = [
            M.input(), M.layer("Wavelet", "a"), M.layer("Wavelet", "b", from: [[["a", 0, 0, [:]]]]),
            M.layer("Mine>Dense", "c", from: [[["x", 0, 0, [:]]]]), M.layer("Flatten", "d", from: [[["b", 0, 0, [:]]]]),
            M.layer("Concatenate", "e", from: [[["c", 0, 0, [:]], ["d", 0, 0, [:]]]]),
        ]
        let error = try #require(M.error(M.model(layers, outputs: [["e", 0, 0]])))
        #expect(error.code == .unsupported)
        #expect(error.message.contains("Wavelet ×2 (a, b)"))
        #expect(error.message.contains("Mine>Dense ×1"))
        #expect(!error.message.contains("Flatten"))
    }

    @Test func unknownFunctionsAndFormsAreUnsupported() {
        #expect(M.error(M.single("Activation", ["activation": "wobble"]))?.code == .unsupported)
        #expect(M.error(M.single("UpSampling2D", ["interpolation": "lanczos5"]))?.code == .unsupported)
        let mode = M.layer("BatchNormalization", "batch_normalization", ["mode": 3])
        #expect(M.error(M.model([M.input(), mode], outputs: [["batch_normalization", 0, 0]]))?.code == .unsupported)
    }

    @Test func classesOfTheirOwnAreUnsupported() {
        let error = M.error(["class_name": "MyModel", "config": ["name": "mine"]])
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("MyModel") == true)
    }

    // MARK: Weights

    private func dense(_ units: JSONValue, name: String = "dense") -> JSONValue {
        M.model(
            [M.input("x", [36]), M.layer("Dense", name, ["units": units])], outputs: [[.string(name), 0, 0]])
    }

    @Test func otherShapesNameLayerVariableAndBoth() throws {
        let error = try #require(M.error(dense(4)))
        #expect(error.code == .malformed)
        #expect(error.message.contains("kernel") && error.message.contains("[36, 3]") && error.message.contains("[36, 4]"))
        #expect(error.trail.contains { $0.contains("layer dense") })
    }

    @Test func missingLayersAndVariablesAreNamed() throws {
        let error = try #require(M.error(dense(3, name: "classifier")))
        #expect(error.code == .malformed)
        #expect(error.message.contains("classifier"))
        let noBias = M.model(
            [M.input("x", [36]), M.layer("Dense", "dense", ["units": 3, "use_bias": false])], outputs: [["dense", 0, 0]])
        #expect(try #require(M.error(noBias)).message.contains("dense/bias:0"))
    }

    @Test func layersOnlyInTheFileAreNoted() throws {
        let model = try M.importing(dense(3))
        #expect(model.notes.contains { $0.contains("conv2d") && $0.contains("batch_normalization") })
    }

    @Test func weightsAloneAskForAnArchitecture() throws {
        let error = try #require(M.error { _ = try KerasImporter().importModel(path: M.weights) })
        #expect(error.code == .usage)
        #expect(error.message.contains("‹architecture›"))
    }

    @Test(arguments: ["types_latest.h5", "refused_latest.h5", "refused_earliest.h5"])
    func otherHDF5FilesAreRefused(name: String) throws {
        let path = "\(FixtureTests.folder)/../hdf5/\(name)"
        let code = errorCode { _ = try KerasImporter().importModel(path: path) }
        #expect(code == .unsupported || code == .unsafeReference)
    }

    // MARK: Sizes

    @Test func absurdNumbersAreErrors() {
        for units in [1_000_000_000_000, 0, -3] as [JSONValue] {
            #expect([.limitExceeded, .malformed].contains(M.error(dense(units))?.code))
        }
        let cases: [(String, JSONValue)] = [
            ("Conv2D", ["filters": 4, "kernel_size": 2_000_000_000]), ("Conv2D", ["filters": 4, "kernel_size": 3, "strides": 0]),
            ("Conv2D", ["filters": 4, "kernel_size": 3, "groups": -1]), ("Conv2D", ["filters": 4, "kernel_size": [3, 3, 3]]),
            ("MaxPooling2D", ["pool_size": 100]), ("Cropping2D", ["cropping": 9]), ("ZeroPadding2D", ["padding": -1]),
            ("Reshape", ["target_shape": [-1, -1]]), ("Permute", ["dims": [1, 9, 2]]),
            ("BatchNormalization", ["axis": 9]), ("GroupNormalization", ["groups": 3]), ("LayerNormalization", ["axis": [1, 1]]),
            ("Dropout", ["dtype": "float7"]), ("Dense", "text"),
            ("EinsumDense", ["equation": "a,b"]), ("Softmax", ["axis": 17]), ("Resizing", ["height": 0, "width": 2]),
            ("RepeatVector", ["n": 3]), ("Concatenate", ["axis": -9]), ("Dot", ["axes": 7]),
        ]
        for (className, config) in cases {
            #expect(M.error(M.single(className, config)) != nil, "\(className) \(config)")
        }
        #expect(M.error(M.single("Flatten", [:], shape: [2_000_000_000, 2_000_000_000, 2_000_000_000]))?.code == .limitExceeded)
    }

    @Test func sharedModelsCannotMultiplyWithoutEnd() {
        // Each model calls the one inside it ten times.
        var inner = M.model([M.input(), M.layer("ReLU", "leaf")], outputs: [["leaf", 0, 0]])
        for level in 0..<8 {
            let calls = (0..<10).map { JSONValue.array([["deeper", .integer($0), 0, [:]]]) }
            var nested: JSONValue = [
                "class_name": "Functional", "name": "deeper", "inbound_nodes": .array([[["x", 0, 0, [:]]]] + calls.dropLast()),
            ]
            if case .object(var members) = nested {
                members.append(JSONValue.Member("config", inner["config"] ?? [:]))
                nested = .object(members)
            }
            _ = level
            inner = M.model([M.input(), nested], outputs: [["deeper", 9, 0]])
        }
        #expect(M.error(inner)?.code == .limitExceeded)
    }

    // MARK: Structure

    @Test func circlesAreErrors() {
        let layers = [
            M.input(), M.layer("ReLU", "a", from: [[["b", 0, 0, [:]]]]), M.layer("ReLU", "b", from: [[["a", 0, 0, [:]]]]),
        ]
        #expect(M.error(M.model(layers, outputs: [["b", 0, 0]]))?.code == .malformed)
    }

    @Test func brokenReferencesAreErrors() {
        for source in [["y", 0, 0, [:]], ["x", 3, 0, [:]], ["x", 0, 5, [:]], ["x", -1, 0, [:]], ["x", 0]] as [JSONValue] {
            let layers = [M.input(), M.layer("ReLU", "a", from: [.array([source])])]
            #expect(M.error(M.model(layers, outputs: [["a", 0, 0]]))?.code == .malformed, "\(source)")
        }
        #expect(M.error(M.model([M.input(), M.input()], outputs: [["x", 0, 0]]))?.code == .malformed)
        #expect(M.error(M.model([M.input()], outputs: []))?.code == .malformed)
        #expect(M.error(M.model([M.input(), M.layer("ReLU", "a")], inputs: ["a"], outputs: [["a", 0, 0]]))?.code == .malformed)
    }

    @Test func endlessNestingIsAnError() {
        let deep = String(repeating: #"{"class_name":"Sequential","config":[{"class_name":"Sequential","config":["#, count: 500)
        #expect([.limitExceeded, .malformed].contains(errorCode { _ = try M.importing(text: deep) }))
        let wrappers =
            String(repeating: #"{"class_name":"TimeDistributed","config":{"layer":"#, count: 60)
            + #"{"class_name":"ReLU","config":{}}"# + String(repeating: "}}", count: 60)
        let text =
            #"{"class_name":"Sequential","config":[{"class_name":"InputLayer","config":{"batch_input_shape":[null,2]}},"# + wrappers + "]}"
        #expect(errorCode { _ = try M.importing(text: text) } == .limitExceeded)
        let models =
            String(repeating: #"{"class_name":"Sequential","config":["#, count: 100)
            + #"{"class_name":"ReLU","config":{"batch_input_shape":[null,2]}}"# + String(repeating: "]}", count: 100)
        #expect(errorCode { _ = try M.importing(text: models) } == .limitExceeded)
    }

    @Test(arguments: ["", "nonsense", "[]", "{}", #"{"class_name":"Sequential"}"#, #"{"class_name":"Sequential","config":[]}"#, "\u{0}"])
    func whatIsNoConfigurationIsMalformed(text: String) {
        #expect(errorCode { _ = try M.importing(text: text) } == .malformed)
    }

    // MARK: Damage

    @Test(arguments: ["k2_sequential.h5", "k3_sequential.keras", "k2_nested.keras"])
    func damagedFilesGiveErrorsOrModels(name: String) throws {
        var damage = Damage(try Data(contentsOf: URL(fileURLWithPath: "\(FixtureTests.folder)/\(name)")), seed: 11)
        try withTemporaryFolder { folder in
            let path = "\(folder)/model"
            for round in 0..<24 {
                let bytes = round % 4 == 0 ? damage.truncated() : damage.overwritten(atMost: 6)
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                try refusal { _ = try KerasImporter().importModel(path: path) }
            }
        }
    }

    /// A configuration with members changed at random.
    @Test func damagedConfigurationsGiveErrorsOrModels() throws {
        let text = try String(contentsOfFile: "\(FixtureTests.folder)/k2_apart.json", encoding: .utf8)
        let whole = Array(text.utf8)
        let pieces = ["0", "-1", "99999999999", "null", "[]", "{}", "\"x\"", "true", "1e300", "[[[1]]]"]
        var random = SplitMix64(seed: 5)
        for _ in 0..<60 {
            var bytes = whole
            // Replaces what stands behind a colon.
            var place = random.index(below: bytes.count)
            while place < bytes.count, bytes[place] != UInt8(ascii: ":") { place += 1 }
            guard place < bytes.count else { continue }
            var end = place + 1
            while end < bytes.count, !",}]".utf8.contains(bytes[end]) { end += 1 }
            bytes.replaceSubrange(place + 1..<end, with: Array(pieces[random.index(below: pieces.count)].utf8))
            let changed = String(decoding: bytes, as: UTF8.self)
            try refusal { _ = try M.importing(text: changed) }
        }
    }
}
