import Bytes
import Foundation
import Imaging
import Tensors
import Testing
import Workflows

@Suite struct MetricsCommandTests {
    /// Two boxes a voxel apart along x, in voxels of 2 × 1 × 3 mm.
    private static func mask(_ start: Int, _ affine: Affine = Affine(columns: [[2, 0, 0], [0, 1, 0], [0, 0, 3]], origin: [4, 5, 6])) throws
        -> Volume
    {
        var values = [UInt8](repeating: 0, count: 8 * 7 * 6)
        for x in start..<start + 4 { for y in 2..<5 { for z in 1..<4 { values[(x * 7 + y) * 6 + z] = 3 } } }
        return try Volume(Tensor(values, shape: [1, 8, 7, 6]), affine: affine)
    }

    private static func figures(_ arguments: String...) throws -> JSONValue {
        let result = try Command.run(["metrics", "--json", "--hd95", "deepmind"] + arguments)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONValue(parsing: result.output)
    }

    @Test func volumesAreComparedInTheirOwnVoxels() throws {
        let scratch = try Scratch()
        let a = scratch.file("a.nii.gz")
        let b = scratch.file("b.nii")
        let c = scratch.file("c.nii.gz")
        let array = scratch.file("b.npy")
        try NIfTIWriter.write(Self.mask(1), to: a)
        try NIfTIWriter.write(Self.mask(2), to: b)
        try NPY.write(Self.mask(2).tensor.reshaped([8, 7, 6]), to: array)
        let plain = try Self.figures(a, b)
        let first = try #require(try plain["structures"]?.array().first)
        #expect(first["label"] == 3)
        for (name, value) in [("Dice", 0.75), ("HD95", 2), ("volume_ref_ml", 0.216)] {
            #expect(try first.member(name).double() == value, "\(name)")
        }
        #expect(plain["settings"]?["spacing_mm"] == [2.0, 1.0, 3.0])
        // The same in space, stored otherwise; and an array beside a volume.
        let turned = try Self.mask(1).oriented(Orientation("PSL"))
        try NIfTIWriter.write(Volume(turned.tensor, affine: turned.affine), to: c)
        #expect(try Self.figures(c, b)["structures"] == plain["structures"])
        #expect(try Self.figures(a, array)["structures"] == plain["structures"])
        // The reference's only label ignored: what's left of the prediction has nothing to be compared with.
        let ignoring = try Self.figures(a, b, "--labels", "3", "--ignore-label", "3")
        #expect(try ignoring["structures"]?.array().first?.member("FP").integer() == 9)
        #expect(try Self.figures(a, b, "--ignore-label", "3")["structures"] == [])
        let given = try Self.figures(a, b, "--spacing", "1,1,1")
        #expect(try given["structures"]?.array().first?.member("HD95").double() == 1)
    }

    @Test func otherGridsAndSeveralChannelsAreRefused() throws {
        let scratch = try Scratch()
        let a = scratch.file("a.nii.gz")
        let b = scratch.file("b.nii.gz")
        try NIfTIWriter.write(Self.mask(1), to: a)
        try NIfTIWriter.write(Self.mask(1, Affine(columns: [[2, 0, 0], [0, 1, 0], [0, 0, 3]], origin: [4, 5, 9])), to: b)
        let moved = try Command.run("metrics", a, b)
        #expect(moved.status == 2 && moved.errors.contains("another grid"))
        try NIfTIWriter.write(Volume(Tensor(zeros: .u8, [2, 8, 7, 6])), to: b)
        let several = try Command.run("metrics", a, b)
        #expect(several.status == 2 && several.errors.contains("2 channels"))
    }
}
