import Bytes
import Foundation
import Tensors
import TestSupport
import Testing
import Workflows

/// Output that can't be written, and names that a terminal would obey.
@Suite struct ConsoleTests {
    /// A message that names a parameter must name a flag that some command has.
    @Test func everyParameterIsAFlag() throws {
        let commands = ["convert", "quantize", "evaluate", "segment", "run", "export", "verify"]
        let help = try commands.map { try Command.run($0, "--help").output }.joined()
        for parameter in Parameter.allCases { #expect(help.contains("--\(parameter.rawValue)"), "\(parameter)") }
    }

    @Test func parametersAreShownAsFlags() throws {
        let result = try Command.run("inspect", Project.fixture("onnx/unet3d_small.onnx"), "--shape", "nothing=3")
        #expect(result.status == 64 && !result.errors.contains("‹"), "\(result.errors)")
        #expect(Parameter.spelled(in: "give ‹max-error›, not ‹nothing›") { "--\($0.rawValue)" } == "give --max-error, not ‹nothing›")
    }

    private static let onnx = Project.fixture("onnx/unet3d_small.onnx")

    /// A result that's lost is no success, and no command traps.
    @Test(arguments: [">/dev/full", ">&-"]) func aResultThatCannotBeWrittenIsAnError(_ redirection: String) throws {
        for arguments in [
            ["inspect", Self.onnx], ["inspect", Self.onnx, "--json"], ["catalog"], ["--help"], ["--version"],
            ["bench", Self.onnx, "--runs", "1", "--shape", "1x1x8x8x8"],
        ] {
            let result = try Command.run(arguments, redirecting: redirection)
            #expect(result.status == 2 && result.errors.contains("standard output"), "\(arguments): \(result.status) \(result.errors)")
        }
    }

    /// The reader of a pipe has gone.
    @Test func aClosedPipeIsAnErrorNotASignal() throws {
        let process = Process()
        let pipe = Pipe()
        let errors = Pipe()
        process.executableURL = Command.binary
        process.arguments = ["inspect", Self.onnx, "--json"]
        try pipe.fileHandleForReading.close()
        process.standardOutput = pipe
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 2)
        #expect(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self).contains("Broken pipe"))
    }

    /// Progress that can't be written is lost, the work isn't; nor does it land in a file that's open.
    @Test(arguments: ["2>/dev/full", "2>&-", "2>&- <&-", "2>&- >/dev/null <&-"]) func workGoesOnWithoutItsProgress(_ redirection: String)
        throws
    {
        let folder = try Scratch()
        let plain = try Command.run("convert", Self.onnx, "-o", folder.file("a.osteon"))
        #expect(plain.status == 0)
        let result = try Command.run(["convert", Self.onnx, "-o", folder.file("b.osteon")], redirecting: redirection)
        #expect(result.status == 0)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder.file("a.osteon")))
                == Data(contentsOf: URL(fileURLWithPath: folder.file("b.osteon"))))
        // An error's exit code stands without its message.
        #expect(try Command.run(["inspect", folder.file("none")], redirecting: redirection).status == 2)
        #expect(try Command.run(["inspect", "--none"], redirecting: redirection).status == 64)
    }

    @Test func namesFromFilesDontReachTheTerminal() throws {
        let folder = try Scratch()
        let model = folder.file("m\u{1B}]0;x\u{7}.osteon")
        let name = "\u{1B}[2J\u{9B}31mred\u{202E}\nverified\r"
        try NamedGraphs.write([name, "plain é 腎"], to: model)
        try NPY.write(Tensor([Float(1), 2, 3, 4], shape: [4]), to: folder.file("x.npy"))
        let commands = [
            ["inspect", model], ["inspect", model, "--json"], ["kernels", model], ["diff", model, Self.onnx], ["inspect", "\u{1B}[31m"],
            ["inspect", model, "--output", "\u{1B}[31mnone"], ["--\u{1B}[31m"],
            ["run", model, "--input", "x=\(folder.file("x.npy"))", "--output-dir", folder.file("out")],
            ["convert", model, "-o", folder.file("\u{1B}[31m.osteon")],
        ]
        for arguments in commands {
            let result = try Command.run(arguments)
            let text = result.output + result.errors
            #expect(
                text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.properties.generalCategory != .control && $0 != "\u{202E}") },
                "\(arguments)")
            #expect(!text.contains("\nverified"), "\(arguments)")
        }
        // JSON says the same in escapes.
        let report = try JSONValue(parsing: Command.run("inspect", model, "--json").output)
        #expect(try report.member("outputs").array()[0].member("name").string() == name)
        #expect(try Command.run("inspect", model).output.contains("plain é 腎"))
    }

    /// What a spreadsheet would compute begins with an apostrophe, whatever stands in front of the sign or on it.
    @Test func fieldsOfTablesAreNoFormulas() {
        for field in [
            "=1+1", "+x", "-x", "@x", "=\u{301}1+1", "\n=1", "\r\n=1", "\t=1", "\u{FEFF}=1", " =1", "\u{FF1D}1", "\u{200B}=1", "\u{85}=1",
        ] {
            let text = CommaSeparated.text([[field]])
            #expect(text.utf8.first == UInt8(ascii: "'") || text.utf8.starts(with: "\"'".utf8), "\(field.debugDescription)")
        }
        #expect(CommaSeparated.text([["-1.5", "a", "+2e3", "", "é"]]) == "-1.5,a,+2e3,,é\n")
        #expect(CommaSeparated.text([["a\"\u{301}b", "c,d"]]).utf8.elementsEqual("\"a\"\"\u{301}b\",\"c,d\"\n".utf8))
    }

    @Test func whatCannotBeWrittenIsNoInternalError() throws {
        let folder = try Scratch()
        try OutputPaths.makeFolder(folder.file("there"))
        for out in [folder.file("there"), folder.file("none/x.osteon"), "/proc/x.osteon", "/dev/full"] {
            let result = try Command.run("convert", Self.onnx, "-o", out)
            #expect(
                result.status == 2 && result.errors.contains(out) && !result.errors.contains(".osteon-"),
                "\(out): \(result.status) \(result.errors)")
        }
        #expect(try Command.run("run", Self.onnx, "--output-dir", "/proc/x").status != 1)
    }
}
