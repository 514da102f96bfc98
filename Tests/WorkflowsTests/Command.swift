import Foundation
import Testing

/// The built `osteon` binary, run as a person runs it.
struct Command {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The binary beside the test bundle.
    static let binary: URL = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appendingPathComponent("osteon")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return URL(fileURLWithPath: "osteon")
    }()

    static func run(_ arguments: String...) throws -> Result { try run(arguments) }

    /// - Parameters:
    ///   - redirecting: what the shell does with its descriptors (`>/dev/full`, `2>&-`).
    ///   - folder: where it runs.
    static func run(_ arguments: [String], redirecting: String? = nil, in folder: String? = nil) throws -> Result {
        guard let redirecting else { return try launch(binary.path, arguments, in: folder) }
        return try launch("/bin/sh", ["-c", "exec \"$0\" \"$@\" \(redirecting)", binary.path] + arguments, in: folder)
    }

    /// A line as a person types it into a shell that finds `osteon`.
    static func run(line: String, in folder: String) throws -> Result { try launch("/bin/sh", ["-c", line], in: folder) }

    private static func launch(_ executable: String, _ arguments: [String], in folder: String?) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = binary.deletingLastPathComponent().path + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        // Help is wrapped at the terminal's width.
        environment["COLUMNS"] = "80"
        process.environment = environment
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        // Files, not pipes: a pipe that fills up while the other is read would block the child.
        let scratch = try Scratch()
        let out = scratch.file("stdout")
        let err = scratch.file("stderr")
        for path in [out, err] { FileManager.default.createFile(atPath: path, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: out)
        process.standardError = FileHandle(forWritingAtPath: err)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Result(
            status: status, output: try String(contentsOfFile: out, encoding: .utf8),
            errors: try String(contentsOfFile: err, encoding: .utf8))
    }
}

/// A folder of its own, removed with the last reference.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "osteon-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func file(_ name: String) -> String { path + "/" + name }
    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Files of the project itself.
enum Project {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static func fixture(_ name: String) -> String { root.appendingPathComponent("fixtures/" + name).path }
}
