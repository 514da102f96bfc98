import Container
import Foundation
import TestSupport
import Testing

/// What the safetensors library of Python makes of our files. Skipped where neither `python3` has that library nor
/// `OSTEON_PYTHON` names one that does.
@Suite struct SafetensorsTests {
    static let python: String? = {
        if let given = ProcessInfo.processInfo.environment["OSTEON_PYTHON"] { return given }
        return (try? run("/usr/bin/env", ["python3", "-c", "import safetensors, numpy"], [:])) == 0 ? "python3" : nil
    }()

    static func run(_ program: String, _ arguments: [String], _ extra: [String: String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(extra) { $1 }
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(.enabled(if: python != nil, "needs Python with safetensors, or OSTEON_PYTHON"))
    func theReferenceLibraryLoadsTheWeights() throws {
        let python = try #require(Self.python)
        try withTemporaryFolder { folder in
            var model = try Samples.model()
            var arrays: [(name: String, tensor: Tensor)] = []
            for type in ElementType.allCases where type != .bf16 {
                let tensor = try Tensor([Double(1), 0, 1]).converted(to: type)
                let id = model.graph.addConstant("of \(type.rawValue)", tensor)
                model.graph.setOutputs(model.graph.outputs + [id])
                arrays.append((model.graph[id].name, tensor))
            }
            try NativeWriter.write(model, to: "\(folder)/a.osteon")
            try NPZ.write(arrays, to: "\(folder)/a.npz")
            let tool = URL(fileURLWithPath: VectorTests.folder).appendingPathComponent("../../tools/check").path
            #expect(try Self.run(tool, ["safetensors", "\(folder)/a.osteon", "\(folder)/a.npz"], ["OSTEON_PYTHON": python]) == 0)
        }
    }
}
