import Foundation
import Testing
import Workflows

/// What isn't a good model gives one clear message, the right exit code, and no file.
@Suite struct BadInputTests {
    /// Runs `convert` on these bytes.
    private func convert(_ bytes: Data, name: String = "model") throws -> (Command.Result, Scratch) {
        let folder = try Scratch()
        try bytes.write(to: URL(fileURLWithPath: folder.file(name)))
        return (try Command.run("convert", folder.file(name), "-o", folder.file("out.osteon")), folder)
    }

    private func expectRefused(_ result: Command.Result, _ folder: Scratch, _ files: [String] = ["model"], exit status: Int32 = 2) {
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.hasPrefix("osteon: ") || result.errors.contains("\nosteon: "), "\(result.errors)")
        #expect(folder.contents == files)
    }

    @Test func missingFile() throws {
        let folder = try Scratch()
        let result = try Command.run("convert", folder.file("none.onnx"), "-o", folder.file("out.osteon"))
        expectRefused(result, folder, [])
    }

    @Test(arguments: [
        Data(), Data([0]), Data("not a model at all".utf8), Data(repeating: 0xFF, count: 4096), Data(repeating: 0, count: 64),
    ])
    func whatIsNoModel(bytes: Data) throws {
        let (result, folder) = try convert(bytes)
        expectRefused(result, folder)
    }

    @Test(arguments: [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999]) func truncatedModel(share: Double) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Project.fixture("onnx/unet3d_small.onnx")))
        let (result, folder) = try convert(whole.prefix(Int(Double(whole.count) * share)))
        expectRefused(result, folder)
    }

    @Test(arguments: [0.01, 0.2, 0.5, 0.9, 0.9999]) func truncatedNativeFile(share: Double) throws {
        let made = try Scratch()
        #expect(try Command.run("convert", Project.fixture("onnx/unet3d_small.onnx"), "-o", made.file("a")).status == 0)
        let whole = try Data(contentsOf: URL(fileURLWithPath: made.file("a")))
        let (result, folder) = try convert(whole.prefix(Int(Double(whole.count) * share)))
        expectRefused(result, folder)
    }

    @Test func aFolderThatCannotBeWritten() throws {
        let folder = try Scratch()
        let result = try Command.run("convert", Project.fixture("onnx/unet3d_small.onnx"), "-o", folder.file("no/such/folder/out.osteon"))
        expectRefused(result, folder, [])
    }

    @Test func usageErrors() throws {
        #expect(try Command.run("convert").status == 64)
        #expect(try Command.run("no-such-command").status == 64)
        #expect(try Command.run("verify", Project.fixture("onnx/unet3d_small.onnx")).status == 64)
        let input = try Command.run(
            "run", Project.fixture("onnx/unet3d_small.onnx"), "--output-dir", "/nonexistent", "--input", "nothing=x.npy")
        #expect(input.status == 64)
        #expect(input.errors.contains("image"))
        let shape = try Command.run("inspect", Project.fixture("onnx/unet3d_small.onnx"), "--shape", "1x1xseven")
        #expect(shape.status == 64)
    }

    @Test func anIllegalSizeIsNamed() throws {
        let result = try Command.run("inspect", Project.fixture("onnx/unet3d_small.onnx"), "--shape", "1x1x30x30x30")
        #expect(result.status == 2)
        #expect(result.errors.contains("node"))
    }
}
