import Bytes
import Container
import Foundation
import GraphIR
import Tensors
import Testing
import Workflows

/// What `osteon verify` and `osteon sign` say and how they end.
@Suite struct VerifyTests {
    private static let network = Project.fixture("onnx/unet3d_small.onnx")

    /// The small network as a native file.
    private func converted(_ folder: Scratch, _ arguments: String...) throws -> String {
        let path = folder.file("model.osteon")
        let result = try Command.run(["convert", Self.network, "-o", path, "--quiet"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        return path
    }

    /// The file with the content of its member `verification` changed, and its checksum made anew.
    private func changed(_ path: String, _ old: String, _ new: String) throws {
        let file = try NativeReader.open(path)
        var model = file
        let text = model.verification.json.text()
        #expect(text.contains(old))
        model.verification = try [VerificationEntry](json: JSONValue(parsing: text.replacingOccurrences(of: old, with: new)))
        try NativeWriter.write(model, to: path)
    }

    @Test func aConversionCanBeCheckedAgainWithoutItsSource() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        let result = try Command.run("verify", path, "--recheck")
        #expect(result.status == 0 && result.output.contains("optimized  passed  the same bits as recorded"), "\(result.output)")
        let json = try Command.run("verify", path, "--recheck", "--json")
        let report = try JSONValue(parsing: json.output)
        #expect(report["recheck"]?["records"] == [["kind": "optimized", "outcome": "passed", "detail": "the same bits as recorded"]])
    }

    /// `x` and `x:0` are one name to TensorFlow's users: which array was meant can't be told.
    @Test func twoArraysForOneNameAreRefused() throws {
        let folder = try Scratch()
        let model = folder.file("m.osteon")
        let reference = folder.file("r.npz")
        try NamedGraphs.write(["y"], to: model)
        let x = try Tensor([Float(1), 2, 3, 4], shape: [4])
        let y = try Tensor([Float(2), 4, 6, 8], shape: [4])
        for arrays in [[("x", x), ("y", y), ("x:0", y)], [("x", x), ("y", y), ("y:0", y)]] {
            try NPZ.write(arrays.map { (name: $0.0, tensor: $0.1) }, to: reference)
            let result = try Command.run("verify", model, "--reference", reference)
            #expect(result.status == 64 && result.errors.contains(":0"), "\(result.output)\(result.errors)")
        }
        try NPZ.write([(name: "x:0", tensor: x), (name: "y", tensor: y)], to: reference)
        #expect(try Command.run("verify", model, "--reference", reference).status == 0)
    }

    @Test func otherKernelsPassWithinTheTolerance() throws {
        let folder = try Scratch()
        let result = try Command.run("verify", converted(folder), "--recheck", "--reference-kernels")
        #expect(result.status == 0 && result.output.contains("within the tolerance recorded"), "\(result.output)")
    }

    @Test func aRecordThatNoLongerHoldsFails() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        let record = try #require(try NativeReader.open(path).verification[0].record)
        try changed(path, "\"mean\":\(record.outputs[0].expected.mean)", "\"mean\":\(record.outputs[0].expected.mean + 1)")
        // Equal digests would prove equality.
        try changed(path, record.outputs[0].expected.sha256, String(repeating: "0", count: 64))
        let result = try Command.run("verify", path, "--recheck")
        #expect(result.status == 3 && result.output.contains("its mean value is"), "\(result.output)")
    }

    @Test func otherInputsThanRecordedFail() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        try changed(path, "\"seed\":\"0\"", "\"seed\":\"1\"")
        let result = try Command.run("verify", path, "--recheck")
        #expect(result.status == 3 && result.output.contains("isn't the one recorded"), "\(result.output)")
    }

    @Test func aRecordOnAFileNeedsThatFile() throws {
        let folder = try Scratch()
        let reference = Project.fixture("onnx/unet3d_small.npz")
        let path = try converted(folder, "--reference", reference)
        let without = try Command.run("verify", path, "--recheck")
        #expect(without.status == 3 && without.output.contains("needs unet3d_small.npz"), "\(without.output)")
        let with = try Command.run("verify", path, "--recheck", "--reference", reference)
        #expect(with.status == 0, "\(with.output)")
        let other = try Command.run("verify", path, "--recheck", "--reference", Project.fixture("onnx/segresnet3d_small.npz"))
        #expect(other.status == 3 && other.output.contains("not repeated"), "\(other.output)")
    }

    @Test func recordsAreKeptByAFurtherConversionAndInheritedByACut() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        let again = folder.file("again.osteon")
        #expect(try Command.run("convert", path, "-o", again, "--quiet").status == 0)
        #expect(try NativeReader.open(again).verification.count == 2)
        #expect(try Command.run("verify", again, "--recheck").status == 0)
        let graph = try NativeReader.open(path).graph
        let inner = try #require(graph.nodeIDs.first.map { graph[graph[$0].outputs[0]].name })
        #expect(try Command.run("convert", path, "-o", again, "--quiet", "--output", inner).status == 0)
        let result = try Command.run("verify", again, "--recheck")
        #expect(result.status == 0 && result.output.contains("not repeated  about the model this one was made from"), "\(result.output)")
    }

    /// The plan says how channels were scaled; without it the wrong values would be compared.
    @Test func aDamagedPlanIsAnError() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        var model = try NativeReader.open(path)
        for (plan, words) in [
            ("{\"schema\":", "ends too early"), ("{\"schema\":\"osteon.precision-plan.1\",\"layers\":[{}]}", "is missing"),
            ("{\"schema\":\"osteon.precision-plan.9\"}", "this Osteon reads osteon.precision-plan.1"),
        ] {
            model.metadata["precision_plan"] = plan
            try NativeWriter.write(model, to: path)
            let result = try Command.run("verify", path, "--against", Self.network)
            #expect(
                result.status == 2 && result.errors.contains(words) && result.errors.contains("metadata precision_plan"), "\(result.errors)"
            )
        }
        model.metadata["precision_plan"] = "{\"schema\":\"osteon.precision-plan.1\",\"layers\":[]}"
        try NativeWriter.write(model, to: path)
        #expect(try Command.run("verify", path, "--against", Self.network).status == 0)
    }

    @Test func nothingToRepeatIsNoSuccess() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        var model = try NativeReader.open(path)
        model.verification = []
        try NativeWriter.write(model, to: path)
        #expect(try Command.run("verify", path, "--recheck").status == 3)
        #expect(try Command.run("verify", Self.network, "--recheck").status == 64)
        #expect(try Command.run("verify", path).status == 64)
    }

    @Test func thePageDrawsEveryValue() throws {
        let folder = try Scratch()
        let page = folder.file("page.html")
        let result = try Command.run("verify", converted(folder), "--against", Self.network, "--html", page, "--json")
        #expect(result.status == 0, "\(result.errors)")
        let text = try String(contentsOfFile: page, encoding: .utf8)
        let nodes = try JSONValue(parsing: result.output).member("nodes").array()
        #expect(nodes.count > 5)
        for node in nodes { #expect(try text.contains(">\(node.member("name").string())<")) }
        #expect(!text.contains("<script") && !text.contains("http://") && !text.contains("https://"))
    }

    @Test func walksInBothModesWithMetricsOfEachNode() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        for (flags, mode) in [([], "reinjecting"), (["--cumulative"], "cumulative")] {
            let result = try Command.run(["verify", path, "--against", Self.network, "--json"] + flags)
            let report = try JSONValue(parsing: result.output)
            #expect(report["against"]?["mode"] == .string(mode))
            let node = try #require(try report.member("nodes").array().first)
            for name in ["name", "shape", "segment", "max_abs", "max_rel", "cosine", "sqnr_db", "mean_abs", "tolerance", "passed"] {
                #expect(node[name] != nil, "\(name)")
            }
        }
    }

    @Test func filesAreSignedAndChecked() throws {
        let folder = try Scratch()
        let path = try converted(folder)
        let key = folder.file("key")
        #expect(try Command.run("verify", path, "--signature").status == 3)
        #expect(try Command.run("sign", "--generate-key", key).status == 0)
        #expect(try Command.run("sign", "--generate-key", key).status == 2)
        #expect(try Command.run("sign", path, "--key", key + ".pem").status == 0)
        let unnamed = try Command.run("verify", path, "--signature")
        #expect(unnamed.status == 0 && unnamed.output.contains("an unknown key"))
        let named = try Command.run("verify", path, "--signature", "--public-key", key + ".pub.pem", "--recheck")
        #expect(named.status == 0, "\(named.errors)")
        #expect(try Command.run("sign", "--generate-key", folder.file("other")).status == 0)
        #expect(try Command.run("verify", path, "--signature", "--public-key", folder.file("other.pub.pem")).status == 3)
        #expect(try Command.run("verify", path, "--signature", "--public-key", key + ".pem").status == 2)
        #expect(try Command.run("sign", path, "--key", key + ".pub.pem").status == 2)
        #expect(try Command.run("sign", path).status == 64)
        let copy = try Command.run("convert", path, "-o", folder.file("copy.osteon"))
        #expect(copy.status == 0 && copy.output.contains("signature isn't carried over"))
        #expect(try Command.run("verify", folder.file("copy.osteon"), "--signature").status == 3)
    }
}
