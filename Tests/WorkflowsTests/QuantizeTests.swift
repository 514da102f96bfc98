import Bytes
import Foundation
import Testing
import Workflows

@Suite struct QuantizeTests {
    static let source = Project.fixture("onnx/segresnet3d_small.onnx")

    static func quantize(_ folder: Scratch, _ name: String, _ arguments: String...) throws -> Command.Result {
        try Command.run(["quantize", source, "-o", folder.file(name), "--quiet"] + arguments)
    }

    @Test(arguments: ["fp16", "bf16", "int8"]) func everyPrecisionIsWrittenAndCanBeCheckedAgain(_ precision: String) throws {
        let folder = try Scratch()
        let result = try Self.quantize(folder, "out.osteon", "--precision", precision, "--calibration", "random:2", "--json")
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONValue(parsing: result.output)
        let noise = try report.member("loss").member("sqnr_db").double()
        #expect(noise > (precision == "int8" ? 15 : 30), "\(noise)")
        let again = try Command.run("verify", folder.file("out.osteon"), "--recheck")
        #expect(again.status == 0, "\(again.output) \(again.errors)")
        let inspect = try Command.run("inspect", folder.file("out.osteon"))
        #expect(inspect.output.contains(precision == "int8" ? "of i8" : precision == "fp16" ? "of f16" : "of bf16"))
    }

    @Test func equalisedChannelsAreComparedWithTheFloatModelsOwn() throws {
        let folder = try Scratch()
        let source = Project.fixture("trained/classification_chestxray")
        #expect(try Command.run("convert", source, "-o", folder.file("float.osteon"), "--quiet").status == 0)
        let done = try Command.run(
            "quantize", folder.file("float.osteon"), "-o", folder.file("int8.osteon"), "--precision", "int8", "--calibration",
            source + "/reference.npz", "--quiet", "--json")
        #expect(done.status == 0, "\(done.errors)")
        let plan = try JSONValue(parsing: done.output).member("plan")
        let scales = try plan.member("channel_scales").members()
        try #require(!scales.isEmpty)
        let result = try Command.run(
            "verify", folder.file("int8.osteon"), "--against", folder.file("float.osteon"), "--json", "--tolerance", "1", "--reference",
            source + "/reference.npz")
        #expect(result.status == 0, "\(result.errors)")
        let nodes = try JSONValue(parsing: result.output).member("nodes").array()
        let scaled = try nodes.filter { try $0.member("name").string().hasSuffix(":equalized") }
        #expect(!scaled.isEmpty)
        // Every value, scaled or not, is near that of the float model.
        for node in nodes {
            let name = try node.member("name").string()
            let cosine = try node.member("cosine").double()
            #expect(cosine > 0.99, "\(name): \(cosine)")
        }
    }

    @Test func theSameModelGivesTheSameBytes() throws {
        let folder = try Scratch()
        for name in ["a", "b"] {
            #expect(try Self.quantize(folder, name, "--precision", "int8", "--calibration", "random:2").status == 0)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("a"))) == Data(contentsOf: URL(fileURLWithPath: folder.file("b"))))
    }

    @Test func aBudgetThatCanNotBeKeptWritesNothing() throws {
        let folder = try Scratch()
        let result = try Self.quantize(folder, "out.osteon", "--precision", "int8", "--calibration", "random:2", "--max-error", "1e-7")
        #expect(result.status == 4)
        #expect(result.errors.contains("doesn't fit its budget") && result.errors.contains("Nothing was written"))
        // It names the layer that costs most, and the way out.
        #expect(result.errors.contains("--keep") && result.errors.contains("mixed"))
        #expect(folder.contents.isEmpty)
    }

    @Test func aMixtureKeepsItsBudgetAndItsPlanAppliesAgain() throws {
        let folder = try Scratch()
        let plain = try Self.quantize(folder, "int8.osteon", "--precision", "int8", "--calibration", "random:2", "--json")
        let wanted = try JSONValue(parsing: plain.output).member("loss").member("sqnr_db").double() + 2
        let mixed = try Self.quantize(
            folder, "mixed.osteon", "--precision", "mixed", "--calibration", "random:2", "--min-sqnr", "\(wanted)", "--write-plan",
            folder.file("plan.json"), "--json")
        #expect(mixed.status == 0, "\(mixed.errors)")
        let report = try JSONValue(parsing: mixed.output)
        #expect(try report.member("loss").member("sqnr_db").double() >= wanted)
        #expect(try report.member("int8_work_share").double() < 1)
        let again = try Self.quantize(
            folder, "again.osteon", "--precision", "int8", "--calibration", "random:2", "--plan", folder.file("plan.json"))
        #expect(again.status == 0, "\(again.errors)")
        #expect(try Command.run("diff", folder.file("mixed.osteon"), folder.file("again.osteon")).status == 0)
    }

    @Test func callsThatDoNotFitAreRefused() throws {
        let folder = try Scratch()
        for (arguments, word) in [
            (["--precision", "int8"], "--calibration"), (["--precision", "mixed", "--calibration", "random:1"], "budget"),
            (["--precision", "int8", "--calibration", "random:2", "--evaluation", "random:1"], "--allow-overlap"),
            (["--precision", "int8", "--calibration", "random:0"], "random:N"),
            (["--precision", "int8", "--calibration", "random:1", "--method", "best"], "entropy"),
            (["--precision", "int8", "--calibration", "random:1", "--first-layer", "int4"], "int8"),
            (["--precision", "mixed", "--weights-only", "--calibration", "random:1"], "exclude"),
            (["--precision", "int8", "--calibration", "random:1", "--max-dice-drift", "0.1"], "--mask"),
        ] {
            let result = try Command.run(["quantize", Self.source, "-o", folder.file("out.osteon"), "--quiet"] + arguments)
            #expect(result.status == 64, "\(arguments): \(result.errors)")
            #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func aPlanIsReadStrictly() throws {
        let folder = try Scratch()
        for text in [
            "{}", "[]", "{\"schema\":\"osteon.precision-plan.1\",\"layers\":[{\"name\":\"a\",\"precision\":\"int4\"}]}",
            "{\"schema\":\"osteon.precision-plan.2\",\"layers\":[]}",
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("plan.json")))
            let result = try Self.quantize(folder, "out.osteon", "--precision", "int8", "--plan", folder.file("plan.json"))
            #expect(result.status == 2, "\(text): \(result.errors)")
            #expect(result.errors.contains("plan.json"))
        }
    }
}
