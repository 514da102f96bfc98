import Foundation
import TestSupport
import Testing
import Workflows

/// Numbers and names on the command line, at their limits.
@Suite struct NumberTests {
    private static let onnx = Project.fixture("onnx/unet3d_small.onnx")

    /// Every command that takes a number, with the option left open.
    private static let options: [(arguments: [String], option: String)] = {
        let list = ["--dataset", "none.json"]
        let out = ["-o", "/dev/null/x.osteon"]
        var result: [(arguments: [String], option: String)] = []
        for option in ["runs", "layers", "threads", "shape"] { result.append((["bench", onnx], option)) }
        for option in ["threshold", "overlap", "batch", "window", "threads"] { result.append((["classify", onnx, "none.png"], option)) }
        for option in ["stop-after", "tolerance", "threads", "shape"] { result.append((["convert", onnx] + out, option)) }
        for option in [
            "drift-tolerance", "target-tolerance", "threshold", "draws", "seed", "confidence", "overlap", "window", "nsd", "threads",
        ] {
            result.append((["evaluate", onnx] + list, option))
        }
        for option in ["batch", "opset", "triton-batch", "tolerance", "shape"] {
            result.append((["export", onnx, "-o", "/dev/null/x.onnx"], option))
        }
        for option in ["threshold", "nsd", "spacing", "labels"] { result.append((["metrics", "none.npy", "none.npy"], option)) }
        for option in ["cases", "training"] { result.append((["phantom", "-o", "/dev/null/p"], option)) }
        for option in [
            "weight-bits", "calibration-cases", "max-error", "min-sqnr", "max-dice-drift", "max-case-drift", "min-int8-share", "shape",
            "mask",
        ] {
            result.append((["quantize", onnx, "--precision", "fp16"] + out, option))
        }
        for option in ["tolerance", "absolute-tolerance", "threshold", "seed", "shape"] {
            result.append((["verify", onnx, "--reference", "none.npz"], option))
        }
        for option in ["overlap", "batch", "window", "point"] {
            result.append((["segment", onnx, "none.nii", "-o", "/dev/null/m.nii"], option))
        }
        result.append((["inspect", onnx], "shape"))
        result.append((["kernels", onnx], "shape"))
        result.append((["dataconvert", "-d", "none", "-o", "none"], "resolution"))
        return result
    }()

    /// Refused or done without: never a trap, never an internal error.
    @Test(arguments: options) func numbersAtTheirLimits(_ arguments: [String], _ option: String) throws {
        for value in [
            "-1", "0", "nan", "inf", "-inf", "1e300", "-1e300", "1e-320", "9223372036854775807", "-9223372036854775808",
            "9223372036854775807x1x1", "1x1x99999999999x1x1", "0x0x0", "",
        ] {
            let result = try Command.run(arguments + ["--\(option)=\(value)"])
            #expect([0, 2, 64].contains(result.status), "--\(option)=\(value): \(result.status) \(result.errors)")
        }
    }

    @Test func shapesAreOfAMachinesSize() throws {
        for shape in ["9223372036854775807x1x1", "4294967296x4294967296", "0x9223372036854775807"] {
            let result = try Command.run("kernels", Self.onnx, "--shape", shape)
            #expect(result.status == 64 && result.errors.contains("than any machine holds"), "\(result.errors)")
        }
        try ShapeRequest.check([1, 1, 512, 512, 512])
        try ShapeRequest.check([0, 4])
        #expect(errorCode { try ShapeRequest.check([1 << 20, 1 << 21]) } == .usage)
        #expect(try Command.run("bench", Self.onnx, "--layers=-1").status == 64)
    }

    /// Foundation takes apart no path of ours: names of one character are files like others.
    @Test func namesOfOneCharacter() throws {
        let folder = try Scratch()
        let files = FileManager.default
        try files.copyItem(atPath: Self.onnx, toPath: folder.file("T"))
        try files.copyItem(atPath: Project.fixture("mmar/segmentation_ct_spleen"), toPath: folder.file("M"))
        #expect(try Command.run(["phantom", "--cases", "1", "--training", "0", "-o", "P"], in: folder.path).status == 0)
        try files.moveItem(atPath: folder.file("P/dataset_0.json"), toPath: folder.file("P/d"))
        for arguments in [
            ["inspect", "T"], ["inspect", "M"], ["convert", "T", "-o", "O"], ["inspect", "O"],
            ["verify", "T", "--against", "O", "--html", "H"],
            ["export", "T", "--external-data", "-o", "E.onnx"], ["export", "T", "--triton", "R"], ["dataconvert", "-d", "P", "-o", "D"],
        ] {
            let result = try Command.run(arguments, in: folder.path)
            #expect(result.status == 0, "\(arguments): \(result.status) \(result.errors)")
        }
        try files.copyItem(atPath: folder.file("P/d"), toPath: folder.file("d"))
        for arguments in [
            ["inspect", "X"], ["evaluate", "M", "--dataset", "d"],
            ["quantize", "T", "--precision", "int8", "--calibration", "d", "-o", "Q"], ["metrics", "T", "T"],
        ] {
            let result = try Command.run(arguments, in: folder.path)
            #expect([2, 64].contains(result.status), "\(arguments): \(result.status) \(result.errors)")
        }
    }
}
