import Bytes
import Foundation
import Testing
import Workflows

/// Networks that give NaN and infinities: what was compared is said, and what wasn't isn't called equal.
@Suite struct NonFiniteTests {
    /// Networks of one node, x of 1×16, opset 13: x · NaN and x · ∞ (16×2 weights), log x, x / 0, −x / 0.
    private static let networks = [
        "nan": """
        CAgSADrFAQoRCgF4CgF3EgF5IgZNYXRNdWwSAWcqjAEIEAgCEAFCAXdKgAEAAMB/AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8AAM\
        B/AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8AAMB/AADAfwAAwH8A\
        AMB/AADAf1oTCgF4Eg4KDAgBEggKAggBCgIIEGIJCgF5EgQKAggBQgQKABAN
        """,
        "inf": """
        CAgSADrFAQoRCgF4CgF3EgF5IgZNYXRNdWwSAWcqjAEIEAgCEAFCAXdKgAEAAIB/AACAfwAAgH8AAIB/AACAfwAAgH8AAIB/AACAfwAAgH8AAI\
        B/AACAfwAAgH8AAIB/AACAfwAAgH8AAIB/AACAfwAAgH8AAIB/AACAfwAAgH8AAIB/AACAfwAAgH8AAIB/AACAfwAAgH8AAIB/AACAfwAAgH8A\
        AIB/AACAf1oTCgF4Eg4KDAgBEggKAggBCgIIEGIJCgF5EgQKAggBQgQKABAN
        """,
        "log": "CAgSADowCgsKAXgSAXkiA0xvZxIBZ1oTCgF4Eg4KDAgBEggKAggBCgIIEGIJCgF5EgQKAggBQgQKABAN",
        "plus": "CAgSADpACg4KAXgKAXoSAXkiA0RpdhIBZyoLEAFCAXpKBAAAAABaEwoBeBIOCgwIARIICgIIAQoCCBBiCQoBeRIECgIIAUIECgAQDQ==",
        "minus": """
        CAgSADpNCgsKAXgSAW4iA05lZwoOCgFuCgF6EgF5IgNEaXYSAWcqCxABQgF6SgQAAAAAWhMKAXgSDgoMCAESCAoCCAEKAggQYgkKAXkSBAoCCA\
        FCBAoAEA0=
        """,
    ]

    private static func file(_ name: String, in folder: Scratch) throws -> String {
        let path = folder.file(name + ".onnx")
        try #require(Data(base64Encoded: networks[name] ?? "")).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test(arguments: ["nan", "inf"]) func aConversionThatComparesNothingSaysSo(_ name: String) throws {
        let folder = try Scratch()
        let native = folder.file("out.osteon")
        let result = try Command.run("convert", Self.file(name, in: folder), "-o", native)
        #expect(!result.output.contains("equals imported to 0"), "\(result.output)")
        #expect(
            result.output.contains("NOT compared: no value of any output is a number") && result.output.contains("weight w: 32"),
            "\(result.output)")
        let again = try Command.run("verify", native, "--recheck")
        #expect(again.status == 3 && again.output.contains("nothing to compare"), "\(again.output)")
    }

    /// Halves of a network with infinite parts are compared by the rest, which is said, as the weights are.
    @Test func reducedAndExportedNetworksTellToo() throws {
        let folder = try Scratch()
        let halves = try Command.run(
            "quantize", Self.file("log", in: folder), "-o", folder.file("q.osteon"), "--precision", "fp16", "--quiet")
        #expect(halves.status != 0 || halves.output.contains("values are NaN or infinite in both"), "\(halves.output)")
        let written = try Command.run("export", Self.file("inf", in: folder), "-o", folder.file("e.onnx"), "--quiet")
        #expect(written.output.contains("weight w: 32"), "\(written.output)\(written.errors)")
    }

    @Test func partsThatAreNoNumbersAreToldFromThoseCompared() throws {
        let folder = try Scratch()
        let native = folder.file("out.osteon")
        let source = try Self.file("log", in: folder)
        let result = try Command.run("convert", source, "-o", native)
        #expect(
            result.status == 0 && result.output.contains("equals imported to 0")
                && result.output.contains("values are NaN or infinite in both"), "\(result.output)")
        #expect(try Command.run("verify", native, "--recheck").status == 0)
        let other = try Command.run("verify", native, "--against", source, "--json")
        let output = try #require(try JSONValue(parsing: other.output)["against"]?["outputs"]?.array().first)
        #expect(other.status == 0)
        let alike = try output.member("non_finite").member("alike").integer()
        #expect(try alike > 0 && alike + output.member("compared").integer() == 16)
    }

    @Test func nothingComparedIsNotVerified() throws {
        let folder = try Scratch()
        let result = try Command.run("verify", Self.file("nan", in: folder), "--against", Self.file("inf", in: folder))
        #expect(result.status == 3 && result.output.contains("NOT verified: no value of any output is a number"), "\(result.output)")
        #expect(!result.output.contains("1.000000") && !result.output.contains("∞"))
        #expect(result.output.contains("weight w: 32 NaN") && result.output.contains("the other model's weight w: 32 infinite"))
    }

    @Test func infinitiesOfOtherSignsDiffer() throws {
        let folder = try Scratch()
        let result = try Command.run("verify", Self.file("plus", in: folder), "--against", Self.file("minus", in: folder))
        #expect(result.status == 3 && result.output.contains("16 not finite"), "\(result.output)")
        // However wide the tolerance.
        let wide = try Command.run(
            "verify", Self.file("plus", in: folder), "--against", Self.file("minus", in: folder), "--absolute-tolerance", "1e300")
        #expect(wide.status == 3)
    }
}
