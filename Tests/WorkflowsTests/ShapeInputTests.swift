import Foundation
import Tensors
import Testing
import Workflows

/// Models whose integer inputs are shapes, sizes, axes or indices, and models that only their arrays settle.
@Suite struct ShapeInputTests {
    @Test(arguments: ["expand", "reshape", "split", "slice", "tile", "gather", "range"])
    func theCheckFindsInputsThatFit(name: String) throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/inputs/\(name).onnx")
        let native = folder.file("out.osteon")
        let convert = try Command.run("convert", source, "-o", native)
        #expect(convert.status == 0, "\(convert.errors)")
        // What was fed is written down, so that the check can be repeated.
        let verify = try Command.run("verify", native, "--recheck")
        #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
    }

    @Test func whereNothingFitsTheReferenceIsAskedFor() throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/inputs/reshape.onnx")
        // One extent can't hold twelve elements under a shape of no extent.
        let convert = try Command.run("convert", source, "-o", folder.file("out.osteon"), "--shape", "x=2x6", "--shape", "shape=0")
        #expect(convert.status != 0)
    }

    // MARK: Arrays that settle a graph

    private func npy(_ tensor: Tensor, _ name: String, _ folder: Scratch) throws -> String {
        try NPY.write(tensor, to: folder.file(name))
        return folder.file(name)
    }

    @Test func aLoopTakesItsLengthFromTheArray() throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/inputs/scan.onnx")
        let x = try npy(Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), "x.npy", folder)
        let start = try npy(Tensor([10, 20] as [Float]), "init.npy", folder)
        let run = try Command.run("run", source, "--input", "x=\(x)", "--input", "init=\(start)", "--output-dir", folder.file("out"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(try NPY.read(folder.file("out/all.npy")).array(Float.self) == [11, 22, 14, 26, 19, 32])
        #expect(try NPY.read(folder.file("out/last.npy")).array(Float.self) == [19, 32])
    }

    @Test(arguments: [(16000, 4), (8000, 2), (1, 3)])
    func nestedConditionsTakeTheirValuesFromTheArrays(rate: Int, wanted: Int) throws {
        let folder = try Scratch()
        let source = Project.fixture("onnx/inputs/rates.onnx")
        let values: [Float] = [5, 6, 7, 8, 9]
        let x = try Tensor(values)
        let sr = try Tensor(scalar: Int64(rate))
        let y = try Tensor(Array(values.prefix(wanted)))
        let run = try Command.run(
            "run", source, "--input", "x=\(try npy(x, "x.npy", folder))", "--input", "sr=\(try npy(sr, "sr.npy", folder))", "--output-dir",
            folder.file("out"))
        #expect(run.status == 0, "\(run.errors)")
        #expect(try NPY.read(folder.file("out/y.npy")).array(Float.self) == Array(values.prefix(wanted)))
        let reference = folder.file("reference.npz")
        try NPZ.write([("x", x), ("sr", sr), ("y", y)], to: reference)
        let verify = try Command.run("verify", source, "--reference", reference)
        #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
        #expect(!verify.output.contains("not used"))
        // The array is held against the graph: another rate's result doesn't pass.
        try NPZ.write([("x", x), ("sr", sr), ("y", try Tensor(Array(values.suffix(wanted))))], to: reference)
        #expect(try Command.run("verify", source, "--reference", reference).status == 3)
    }

    @Test func aModelWithoutInputsSaysSo() throws {
        let folder = try Scratch()
        let z = try npy(Tensor([1] as [Float]), "z.npy", folder)
        for arguments in [
            ["run", "--input", "z=\(z)", "--output-dir", folder.file("out")],
            ["export", "--shape", "z=1x1", "-o", folder.file("out.onnx")],
        ] {
            let result = try Command.run([arguments[0], Project.fixture("onnx/inputs/none.onnx")] + arguments.dropFirst())
            #expect(result.status != 0)
            #expect(result.errors.contains("no inputs") && !result.errors.contains("are ."), "\(result.errors)")
        }
    }
}
