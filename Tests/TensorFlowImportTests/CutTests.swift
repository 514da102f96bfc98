import Foundation
import SwiftProtobuf
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Inputs cut out of a graph: what names them, and what's known of their type and shape.
@Suite struct CutTests {
    private var chain: GraphMaker {
        var maker = GraphMaker()
        maker.constant("in_0", [1, 2, 3], [3])
        maker.placeholder("x", [-1, 8, 8, 2])
        maker.constant("w", [Float](repeating: 0.5, count: 9 * 2 * 4), [3, 3, 2, 4])
        maker.add("Conv2D", "features", ["x", "w"], ["padding": .string("VALID"), "strides": .ints([1, 2, 2, 1]), "T": .type(.dtFloat)])
        maker.add("Relu", "relu", ["features"])
        maker.add("Shape", "extents", ["features"], ["T": .type(.dtFloat), "out_type": .type(.dtInt32)])
        maker.add("Greater", "mask", ["features", "features"], ["T": .type(.dtFloat)])
        maker.add("Cast", "sizes", ["extents"], ["DstT": .type(.dtFloat)])
        maker.add("Cast", "chosen", ["mask"], ["DstT": .type(.dtFloat)])
        maker.add("Neg", "negated", ["in_0"])
        maker.constant("axis", integers: [3], [])
        maker.add("Split", "parts", ["axis", "features"], ["num_split": .int(2), "T": .type(.dtFloat)])
        maker.add("Neg", "second", ["parts:1"])
        return maker
    }

    private func input(_ name: String, _ shape: [Int]?, to output: String) throws -> String {
        let model = try chain.imported(ImportOptions(inputs: [name: shape], outputs: [output]))
        return model.graph.inputs.map { "\(model.graph[$0].name): \(model.graph.type($0))" }.joined(separator: ", ")
    }

    @Test func aNumberBehindANodeOfOneOutputIsItsShape() throws {
        #expect(try input("in_0:3", nil, to: "negated") == "in_0: f32[3]")
        #expect(try input("in_0", [3], to: "negated") == "in_0: f32[3]")
        #expect(try input("in_0", [], to: "negated") == "in_0: f32[]")
        #expect(try input("in_0:0", nil, to: "negated") == "in_0: f32[3]")
        #expect(try input("parts:1", nil, to: "second") == "parts:1: f32[N×3×3×2]")
        #expect(chain.failure(ImportOptions(inputs: ["parts:2": [1]], outputs: ["second"]))?.code == .usage)
        #expect(chain.failure(ImportOptions(outputs: ["negated"], constants: ["in_0:1": 3]))?.code == .usage)
    }

    @Test func aCutKeepsTheTypeOfWhatItReplaces() throws {
        #expect(try input("features", nil, to: "relu") == "features: f32[N×3×3×4]")
        #expect(try input("extents", nil, to: "sizes") == "extents: i32[4]")
        #expect(try input("mask", nil, to: "chosen") == "mask: bool[N×3×3×4]")
    }

    @Test func aConstantFillsTheShapeItReplaces() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [2, 3])
        maker.placeholder("open", [-1, 3])
        maker.add("Shape", "y", ["x"])
        maker.add("Neg", "z", ["open"])
        let model = try maker.imported(ImportOptions(outputs: ["y"], constants: ["x": 4]))
        #expect(
            try model.graph.constant(model.graph.outputs[0])?.integers() ?? model.graph.evaluateReference([:])["y"]?.integers() == [2, 3])
        #expect(maker.failure(ImportOptions(outputs: ["z"], constants: ["open": 4]))?.code == .usage)
    }

    @Test func whatIsOfferedAsAnOutputIsComputedByTheNetwork() throws {
        var maker = chain
        maker.add("Frobnicate", "f", ["extents", "features"])
        let message = try #require(maker.failure(ImportOptions(outputs: ["f"]))?.message)
        #expect(message.contains("‹output› features ends") && !message.contains("extents"))
    }

    // MARK: Signatures

    /// A SavedModel whose signature takes the normalised image, which the graph computes from a string that it decodes.
    private func savedModel(_ body: (String) throws -> Void) throws {
        var maker = GraphMaker()
        maker.placeholder("text", nil, .dtString)
        maker.add("DecodeJpeg", "decoded", ["text"], ["channels": .int(3)])
        maker.add("Cast", "image", ["decoded"], ["DstT": .type(.dtFloat), "SrcT": .type(.dtUint8)])
        maker.add("Relu", "relu", ["image"], ["T": .type(.dtFloat)])
        maker.add("Neg", "y", ["relu"], ["T": .type(.dtFloat)])
        var description = Tensorflow_MetaGraphDescription()
        description.metaInfoDef.tags = ["serve"]
        var signature = Tensorflow_SignatureDef()
        signature.inputs["images"] = .with {
            $0.name = "image:0"
            $0.dtype = .dtFloat
            $0.tensorShape = GraphMaker.shape([-1, 4, 4, 3])
        }
        signature.outputs["result"] = .with { $0.name = "y:0" }
        description.signatureDef["serving_default"] = signature
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
            var length = bytes.count
            var result = [number << 3 | 2]
            while length > 127 {
                result.append(UInt8(length & 127) | 128)
                length >>= 7
            }
            return result + [UInt8(length)] + bytes
        }
        let graph: [UInt8] = try maker.graph.serializedBytes()
        let rest: [UInt8] = try description.serializedBytes()
        try withTemporaryFolder { folder in
            try Data(field(2, rest + field(2, graph))).write(to: URL(fileURLWithPath: folder + "/saved_model.pb"))
            try body(folder)
        }
    }

    @Test func aSignatureIsCutWhereItsInputIsComputed() throws {
        try savedModel { folder in
            let model = try SavedModelImporter().importModel(path: folder)
            #expect(model.inputNames == ["images"] && model.outputNames == ["result"])
            #expect(model.graph.type(model.graph.inputs[0]).description == "f32[N×4×4×3]")
            #expect(model.operators == ["Relu", "Negate"])
            let fixed = try SavedModelImporter().importModel(path: folder, options: ImportOptions(inputs: ["images": [2, 4, 4, 3]]))
            #expect(fixed.graph.type(fixed.graph.inputs[0]).description == "f32[2×4×4×3]")
            let later = try SavedModelImporter().importModel(path: folder, options: ImportOptions(inputs: ["relu": nil]))
            #expect(later.inputNames == ["relu"] && later.operators == ["Negate"])
            // Cut before its input, the graph computes that.
            let before = try SavedModelImporter().importModel(path: folder, options: ImportOptions(inputs: ["decoded": [1, 4, 4, 3]]))
            #expect(before.operators == ["Cast", "Relu", "Negate"])
            #expect(before.graph.type(before.graph.inputs[0]).description == "u8[1×4×4×3]")
        }
    }
}
