import Foundation
import TestSupport
import Testing
import TorchImport

/// What's read of files that are in order, and what's refused of those that aren't.
@Suite struct WeightsFileTests {
    private let ramp = FileMaker.floats([0, 1, 2, 3, 4, 5])

    private func tensor(_ body: (inout PickleMaker) -> Void, _ storage: [UInt8], order: String? = nil) throws -> Tensor {
        try #require(try Opening.weights(FileMaker.torch(.dictionary("w", body), ["0": storage], order: order))["w"])
    }

    // MARK: Tensors

    @Test func stridesAreFollowed() throws {
        let transposed = try tensor({ $0.tensor("0", 6, [3, 2], [1, 3]) }, ramp)
        #expect(transposed.shape == [3, 2])
        #expect(try transposed.array(Float.self) == [0, 3, 1, 4, 2, 5])
        let part = try tensor({ $0.tensor("0", 6, offset: 1, [2, 2], [3, 1]) }, ramp)
        #expect(try part.array(Float.self) == [1, 2, 4, 5])
        let spread = try tensor({ $0.tensor("0", 6, offset: 2, [2, 3], [1, 0]) }, ramp)
        #expect(try spread.array(Float.self) == [2, 2, 2, 3, 3, 3])
        let scalar = try tensor({ $0.tensor("0", 6, offset: 5, [], []) }, ramp)
        #expect(try scalar.array(Float.self) == [5])
        #expect(try tensor({ $0.tensor("0", 6, [0, 7], [9, 9]) }, ramp).count == 0)
    }

    @Test func everyElementTypeIsRead() throws {
        for (name, type, bytes, value) in [
            ("Double", ElementType.f64, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], 1.5), ("Half", .f16, [0, 0x3E], 1.5),
            ("BFloat16", .bf16, [0xC0, 0x3F], 1.5),
            ("Long", .i64, [0xFE] + [UInt8](repeating: 0xFF, count: 7), -2), ("Int", .i32, [0xFE, 0xFF, 0xFF, 0xFF], -2),
            ("Short", .i16, [0xFE, 0xFF], -2),
            ("Char", .i8, [0xFE], -2), ("Byte", .u8, [0xFE], 254), ("Bool", .bool, [1], 1),
        ] as [(String, ElementType, [UInt8], Double)] {
            let result = try tensor({ $0.tensor("0", name, 1, [1], [1]) }, bytes)
            #expect(result.elementType == type)
            #expect(try result.doubles() == [value], "\(name)")
            // The highest byte first, as a machine of another kind writes it.
            let swapped = try tensor({ $0.tensor("0", name, 1, [1], [1]) }, bytes.reversed(), order: "big")
            #expect(try swapped.doubles() == [value], "\(name)")
        }
        #expect(try Opening.error(FileMaker.torch(.dictionary { $0.tensor("0", "Bool", 1, [1], [1]) }, ["0": [2]]))?.code == .malformed)
        #expect(
            try Opening.error(FileMaker.torch(.dictionary { $0.tensor("0", "ComplexFloat", 1, [1], [1]) }, ["0": ramp]))?.code
                == .unsupported)
        #expect(
            try Opening.error(FileMaker.torch(.dictionary { $0.tensor("0", 6, [6], [1]) }, ["0": ramp], order: "middle"))?.code
                == .malformed)
    }

    @Test func parametersSizesAndNewerProtocolsAreRead() throws {
        var maker = PickleMaker(version: 4)
        maker.raw(0x95, 0, 0, 0, 0, 0, 0, 0, 0)
        maker.raw("}")
        maker.raw(0x94, 0x8C, 1)
        maker.raw("w")
        maker.raw(0x94, 0x8C, 12)
        maker.raw("torch._utils")
        maker.raw(0x8C, 18)
        maker.raw("_rebuild_parameter")
        maker.raw(0x93)
        maker.tensor("0", 6, [6], [1])
        maker.raw(0x88)
        maker.raw("}")
        maker.raw(0x87)
        maker.raw("Rs.")
        let weights = try Opening.weights(FileMaker.torch(maker, ["0": ramp]))
        #expect(try weights["w"]?.array(Float.self) == [0, 1, 2, 3, 4, 5])
    }

    // MARK: Which dict

    private func checkpoint(_ members: [String]) -> [UInt8] {
        var maker = PickleMaker()
        maker.raw("}(")
        maker.text("epoch")
        maker.integer(3)
        for (place, member) in members.enumerated() {
            maker.text(member)
            maker.raw("}")
            maker.text("w")
            maker.tensor("0", 6, offset: place, [1], [1])
            maker.raw("s")
        }
        maker.raw("u.")
        return FileMaker.torch(maker, ["0": ramp])
    }

    @Test func theOneDictOfTensorsIsTaken() throws {
        #expect(try Opening.weights(checkpoint(["anything"]))["w"]?.doubles() == [0])
        #expect(try Opening.weights(checkpoint(["centers", "model"]))["w"]?.doubles() == [1])
        let both = checkpoint(["model", "ema"])
        let error = try #require(try Opening.error(both))
        #expect(error.code == .usage)
        #expect(error.message.contains("model, ema"))
        #expect(try Opening.weights(both, key: "ema")["w"]?.doubles() == [1])
        #expect(errorCode { _ = try Opening.weights(both, key: "other") } == .usage)
        #expect(try Opening.error(checkpoint([]))?.code == .unsupported)
    }

    @Test func whatIsNoDictIsDescribed() throws {
        func message(_ body: (inout PickleMaker) -> Void) throws -> String {
            var maker = PickleMaker()
            body(&maker)
            maker.raw(".")
            return try #require(try Opening.error(FileMaker.torch(maker, ["0": ramp]))).message
        }
        #expect(try message { $0.tensor("0", 6, [6], [1]) }.contains("a bare tensor"))
        #expect(try message { $0.integers([1, 2]) }.contains("a list of 2 values"))
        #expect(try message { $0.raw("N") }.contains("None"))
    }

    @Test func aNameTwiceIsAnError() throws {
        var maker = PickleMaker()
        maker.raw("}(")
        for _ in 0..<2 {
            maker.text("w")
            maker.tensor("0", 6, [6], [1])
        }
        maker.raw("u.")
        #expect(try Opening.error(FileMaker.torch(maker, ["0": ramp]))?.code == .malformed)
    }

    // MARK: Archives and legacy files

    @Test func archivesOutOfOrderAreRefused() throws {
        let pickle = PickleMaker.dictionary { $0.tensor("0", 6, [6], [1]) }.bytes
        let data = ("a/data/0", ramp)
        #expect(try Opening.error(FileMaker.zip([("a/data.pkl", pickle), data])) == nil)
        #expect(try Opening.error(FileMaker.zip([("a/data.pkl", pickle), data, data]))?.code == .malformed)
        #expect(try Opening.error(FileMaker.zip([("a/data.pkl", pickle), ("b/data.pkl", pickle), data]))?.code == .malformed)
        #expect(try Opening.error(FileMaker.zip([("a/data.pkl", pickle + [0]), data]))?.code == .malformed)
        let script = try Opening.error(FileMaker.zip([("a/data.pkl", pickle), data, ("a/constants.pkl", []), ("a/code/x.py", [])]))
        #expect(script?.code == .unsupported)
        #expect(script?.message.contains("TorchScript") == true)
    }

    @Test func legacyFilesAreReadAndChecked() throws {
        let pickle = PickleMaker.dictionary { $0.tensor("7", 6, [2, 3], [3, 1], isLegacy: true) }
        let good = FileMaker.legacy(pickle, [("7", 6, ramp)])
        #expect(try Opening.weights(good)["w"]?.array(Float.self) == [0, 1, 2, 3, 4, 5])
        #expect(TorchImporter.recognizes(SharedBytes(good)))
        #expect(try Opening.error(FileMaker.legacy(pickle, [("7", 5, ramp)]))?.code == .malformed)
        #expect(try Opening.error(FileMaker.legacy(pickle, [("7", .max, ramp)]))?.code == .malformed)
        #expect(try Opening.error(FileMaker.legacy(pickle, [("8", 6, ramp)]))?.code == .malformed)
        #expect(try Opening.error(FileMaker.legacy(pickle, []))?.code == .malformed)
        #expect(try Opening.error(FileMaker.legacy(pickle, [("7", 6, ramp), ("7", 6, ramp)]))?.code == .malformed)
        #expect(try Opening.error(good + [0])?.code == .malformed)
        for count in good.indices { #expect(try Opening.error(Array(good[..<count])) != nil, "cut to \(count)") }
    }

    /// Before PyTorch 1.0 a storage could be a part of another one.
    @Test func viewsOfStoragesAreRead() throws {
        func file(_ view: String, offset: Int = 0, count: Int = 2) throws -> [UInt8] {
            let maker = PickleMaker.dictionary { maker in
                maker.global("torch._utils", "_rebuild_tensor")
                maker.raw("((")
                maker.text("storage")
                maker.global("torch", "FloatStorage")
                maker.text("7")
                maker.text("cpu")
                maker.integer(6)
                maker.raw(view + "tQ")
                maker.integer(offset)
                maker.integers([count])
                maker.integers([1])
                maker.raw("tR")
            }
            return FileMaker.legacy(maker, [("7", 6, ramp)])
        }
        let part = "(U\u{1}9K\u{3}K\u{2}t"
        #expect(try Opening.weights(file(part))["w"]?.array(Float.self) == [3, 4])
        #expect(try Opening.weights(file(part, offset: 1, count: 1))["w"]?.array(Float.self) == [4])
        #expect(try Opening.error(file(part, offset: 1))?.code == .malformed)
        #expect(try Opening.error(file("(U\u{1}9K\u{5}K\u{2}t"))?.code == .malformed)
        #expect(try Opening.error(file("(U\u{1}9J\u{0}\u{0}\u{0}\u{0}K\u{7}t"))?.code == .malformed)
        #expect(try Opening.error(file("K\u{1}"))?.code == .malformed)
    }

    /// The magic number of legacy files as every pickle protocol writes it.
    @Test func legacyFilesOfEveryProtocolAreRecognized() throws {
        let pickle = PickleMaker.dictionary { $0.tensor("7", 6, [6], [1], isLegacy: true) }
        let file = FileMaker.legacy(pickle, [("7", 6, ramp)])
        let magic = Array(file[2..<15])
        let rest = Array(file[15...])
        let openings: [[UInt8]] = [
            [0x80, 2] + magic, [0x80, 3] + magic, [0x80, 4, 0x95, 13, 0, 0, 0, 0, 0, 0, 0] + magic,
            Array("L119547037146038801333356L\n.".utf8),
        ]
        for opening in openings {
            #expect(TorchImporter.recognizes(SharedBytes((opening + rest))))
            #expect(try Opening.weights(opening + rest)["w"]?.array(Float.self) == [0, 1, 2, 3, 4, 5])
        }
    }

    // MARK: Safetensors

    private func described(_ name: String, _ shape: String, _ range: String, type: String = "F32") -> String {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(range)}"
    }

    @Test func safetensorsAreReadInAnyOrder() throws {
        let header = "{\"__metadata__\":{\"format\":\"pt\"},\(described("b", "[2,2]", "[8,24]")),\(described("a", "[2]", "[0,8]"))}"
        // Spaces behind the header move the data to an address that fits no element.
        for padding in 0..<4 {
            let weights = try Opening.weights(FileMaker.safetensors(header + String(repeating: " ", count: padding), ramp))
            #expect(try weights["a"]?.array(Float.self) == [0, 1])
            #expect(try weights["b"]?.array(Float.self) == [2, 3, 4, 5])
        }
        let halves = FileMaker.safetensors("{\(described("h", "[3]", "[0,6]", type: "BF16"))}", [0x80, 0x3F, 0, 0x40, 0x40, 0x40])
        #expect(try Opening.weights(halves)["h"]?.doubles() == [1, 2, 3])
        #expect(TorchImporter.recognizes(SharedBytes(halves)))
    }

    @Test func safetensorsOutOfOrderAreRefused() throws {
        for (header, code) in [
            ("{\(described("a", "[2]", "[0,8]")),\(described("b", "[2]", "[4,12]"))}", OsteonError.Code.malformed),
            ("{\(described("a", "[2]", "[0,8]")),\(described("b", "[3]", "[12,24]"))}", .malformed),
            ("{\(described("a", "[2]", "[0,8]"))}", .malformed),
            ("{\(described("a", "[7]", "[0,28]"))}", .malformed),
            ("{\(described("a", "[6]", "[0,20]"))}", .malformed),
            ("{\(described("a", "[6]", "[24,0]"))}", .malformed),
            ("{\(described("a", "[6]", "[-8,16]"))}", .malformed),
            ("{\(described("a", "[-6]", "[0,24]"))}", .malformed),
            ("{\(described("a", "[9223372036854775807,9]", "[0,24]"))}", .limitExceeded),
            ("{\(described("a", "[3]", "[0,12]")),\(described("a", "[3]", "[12,24]"))}", .malformed),
            ("{\(described("a", "[24]", "[0,24]", type: "F8_E4M3"))}", .unsupported),
            ("{\"__metadata__\":{\"x\":1},\(described("a", "[6]", "[0,24]"))}", .malformed),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[6]}}", .malformed),
        ] {
            #expect(try Opening.error(FileMaker.safetensors(header, ramp))?.code == code, "\(header)")
        }
    }
}
