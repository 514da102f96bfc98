import Foundation
import Testing
import Workflows

/// Small files that ask for much: an error that tells the budget and the option that raises it.
@Suite struct HostileMemoryTests {
    // MARK: A model of a hundred bytes

    private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] { [UInt8(number << 3 | 2), UInt8(bytes.count)] + bytes }
    private static func field(_ number: Int, _ value: Int) -> [UInt8] {
        var rest = UInt64(value)
        var bytes: [UInt8] = [UInt8(number << 3)]
        while rest > 127 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// `y = x + ConstantOfShape([count])` in ONNX.
    private static func model(_ count: Int) -> Data {
        let shape = field(1, field(1, 1))
        func info(_ name: String, _ extents: [UInt8]) -> [UInt8] {
            field(1, Array(name.utf8)) + field(2, field(1, field(1, 1) + field(2, extents)))
        }
        let constant = field(1, 1) + field(2, 7) + field(8, Array("s".utf8)) + field(7, Array(field(1, count).dropFirst()))
        let nodes =
            field(1, field(1, Array("s".utf8)) + field(2, Array("c".utf8)) + field(4, Array("ConstantOfShape".utf8)))
            + field(1, field(1, Array("x".utf8)) + field(1, Array("c".utf8)) + field(2, Array("y".utf8)) + field(4, Array("Add".utf8)))
        let graph = nodes + field(2, Array("g".utf8)) + field(5, constant) + field(11, info("x", shape)) + field(12, info("y", []))
        return Data(field(1, 8) + field(7, graph) + field(8, field(2, 13)))
    }

    @Test(arguments: ["convert", "bench", "inspect", "export"])
    func aModelThatAsksForMuchIsRefused(_ command: String) throws {
        let folder = try Scratch()
        let path = folder.file("small.onnx")
        try Self.model(1 << 33).write(to: URL(fileURLWithPath: path))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count < 150)
        var arguments = [command, path]
        if command == "convert" { arguments += ["-o", folder.file("out.osteon")] }
        if command == "export" { arguments += ["-o", folder.file("out.onnx")] }
        let result = try Command.run(arguments)
        #expect(result.status == (command == "inspect" ? 0 : 2), "\(result)")
        if command != "inspect" { #expect(result.errors.contains("--memory-limit"), "\(result.errors)") }
        #expect(folder.contents == ["small.onnx"])
    }

    @Test func theLimitIsAnOption() throws {
        let folder = try Scratch()
        let path = folder.file("small.onnx")
        let out = folder.file("out.osteon")
        try Self.model(1 << 22).write(to: URL(fileURLWithPath: path))
        let refused = try Command.run("convert", path, "-o", out, "--memory-limit", "8MiB")
        #expect(refused.status == 2 && refused.errors.contains("8 MiB may be used"), "\(refused)")
        let done = try Command.run("convert", path, "-o", out, "--memory-limit", "1GiB")
        #expect(done.status == 0, "\(done)")
        #expect(try Command.run("inspect", path, "--memory-limit", "lots").status == 64)
    }

    // MARK: Volumes

    @Test(arguments: ["metrics", "prepare"])
    func aLargeVolumeIsRefused(_ command: String) throws {
        let folder = try Scratch()
        let path = folder.file("a.nii")
        // The header of 512×512×256 bytes, and the rest of the file a hole.
        var header = [UInt8](repeating: 0, count: 352)
        func put(_ value: Int16, _ offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { header.replaceSubrange(offset..<offset + 2, with: $0) }
        }
        func put(_ value: Float, _ offset: Int) {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { header.replaceSubrange(offset..<offset + 4, with: $0) }
        }
        header.replaceSubrange(0..<4, with: [0x5C, 1, 0, 0])
        for (index, extent) in [3, 512, 512, 256, 1, 1, 1, 1].enumerated() { put(Int16(extent), 40 + 2 * index) }
        put(Int16(2), 70)
        put(Int16(8), 72)
        for index in 0..<4 { put(Float(1), 76 + 4 * index) }
        put(Float(352), 108)
        header[123] = 2
        header.replaceSubrange(344..<348, with: Array("n+1\0".utf8))
        try Data(header).write(to: URL(fileURLWithPath: path))
        #expect(truncate(path, off_t(352 + 512 * 512 * 256)) == 0)
        let arguments: [String]
        if command == "metrics" {
            arguments = ["metrics", path, path]
        } else {
            let transforms = folder.file("t.json")
            try
                #"{"pre_transforms": [{"name": "ScaleIntensityRange", "args": {"fields": "image", "a_min": 0, "a_max": 1, "b_min": 0, "b_max": 1}}]}"#
                .write(toFile: transforms, atomically: true, encoding: .utf8)
            arguments = ["prepare", path, "--transforms", transforms, "-o", folder.file("out.nii.gz")]
        }
        let result = try Command.run(arguments + ["--memory-limit", "100MiB"])
        #expect(result.status == 2 && result.errors.contains("100 MiB may be used"), "\(result)")
        #expect(!folder.contents.contains("out.nii.gz"))
    }

    // MARK: Threads

    @Test func moreThreadsThanProcessorsAreSaid() throws {
        let model = Project.fixture("onnx/unet3d_small.onnx")
        let result = try Command.run("bench", model, "--runs", "1", "--threads", "200")
        #expect(result.status == 0 && result.errors.contains("200 threads would wait for one another"), "\(result.errors)")
        let one = try Command.run("bench", model, "--runs", "1", "--threads", "1", "--json")
        #expect(one.status == 0 && one.output.contains("\"threads\": 1"), "\(one.output)")
        #expect(try Command.run("bench", model, "--threads", "0").status == 64)
    }
}
