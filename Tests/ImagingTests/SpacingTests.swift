import Bytes
import Contracts
import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct SpacingTests {
    @Test(arguments: SpacingCase.all) func gridsInSpaceAreMONAIs(_ test: SpacingCase) throws {
        let affine = try Affine(rows: test.affine)
        var volume = try Volume(Tensor(SpacingCase.image(test.extents), shape: [1] + test.extents), affine: affine)
        volume.source = VolumeSource(paths: ["x"], header: nil, extents: test.extents, affine: affine)
        let spaced = try volume.spaced(
            test.sizes, test.interpolation, isDiagonal: test.isDiagonal, alignsCorners: test.alignsCorners, isSingle: test.isSingle)
        #expect(spaced.extents == test.output)
        #expect((0..<3).map { spaced.affine.origin[$0] } == test.origin)
        #expect(try Samples.values(spaced) == test.values)
        let back = try spaced.restored(test.interpolation)
        #expect(back.extents == test.extents && back.affine == affine)
        if !test.back.isEmpty { #expect(try Samples.values(back) == test.back) }
    }

    /// Of places just between two voxels the last bit of the affine decides.
    @Test func halvesAreMONAIs() throws {
        var values: [Float] = []
        for x in 0..<175 { values += [Float](repeating: Float(x), count: 16) }
        let affine = Affine(columns: [[0.8125, 0, 0], [0, 1, 0], [0, -4e-8, 1]], origin: .zero)
        let volume = try Volume(Tensor(values, shape: [1, 175, 4, 4]), affine: affine)
        let spaced = try volume.spaced([2, 2, 2], .nearest)
        #expect(spaced.extents == [72, 3, 2])
        let planes = try Samples.values(spaced.channel(0))
        #expect(
            stride(from: 0, to: planes.count, by: 6).map { Int(planes[$0]) } == [
                0, 1, 4, 6, 9, 11, 14, 16, 19, 21, 23, 26, 28, 31, 33, 36, 38, 41, 43, 46, 48, 51, 53, 55, 58, 60, 63, 65, 68, 70, 73, 75,
                78, 80, 83, 85,
                87, 90, 92, 95, 97, 100, 102, 105, 107, 110, 112, 115, 117, 120, 122, 124, 127, 129, 132, 134, 137, 139, 142, 144, 147, 149,
                152, 154,
                156, 159, 161, 164, 166, 169, 171, 174,
            ])
        // Twice as many voxels: of exact halves some go up, some down.
        let ramp = try Volume(Tensor((0..<144).map { Float($0 / 4) }, shape: [1, 36, 2, 2]))
        let fine = try Samples.values(ramp.spaced([0.5, 1, 1], .nearest))
        #expect(
            stride(from: 0, to: fine.count, by: 4).map { Int(fine[$0]) } == [
                0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 6, 6, 7, 7, 8, 8, 8, 9, 10, 10, 10, 11, 12, 12, 12, 13, 14, 14, 14, 15, 16, 16, 16, 17, 18,
                18, 18, 19, 20, 20, 20, 21, 22, 22, 23, 23, 24, 24, 24, 25, 26, 26, 26, 27, 28, 28, 28, 29, 29, 30, 30, 31, 32, 32, 32, 33,
                34, 34, 34, 35,
            ])
    }

    @Test func flatImagesAreMONAIs() throws {
        let affine = Affine(columns: [[0.9, 0, 0], [0.2, 0.8, 0], [0, 0, 1]], origin: [1, 2, 0])
        let volume = try Volume(Tensor(SpacingCase.image([5, 4]), shape: [1, 5, 4]), affine: affine)
        #expect(
            try Samples.values(volume.spaced([0.7, 1.1], .linear)) == [
                0, 68, 35, 44.333332, 47.22222, 40.291668, 32.555557, 38.25, 64.986115, 32, 79.77778, 53.208332, 65.111115, 45.555557,
                63.875, 30.88889,
                33.427082, 74.541664, 26, 30.875, 61,
            ])
        #expect(
            try Samples.values(volume.spaced([0.7, 1.1], .nearest)) == [
                0, 77, 29, 57, 77, 29, 13, 33, 86, 13, 90, 42, 70, 46, 42, 26, 2, 99, 26, 2, 55,
            ])
    }

    /// Grids within MONAI's tolerance are left as they are, and voxels of any size are a grid.
    @Test func nearlyEqualGridsStay() throws {
        let affine = Affine(columns: [[1.0004, 0, 0], [5e-4, 1, 0], [0, 0, 1]], origin: .zero)
        let volume = try Samples.places([3, 4, 5], affine: affine)
        let same = try volume.spaced([1, 1, 1], .linear)
        #expect(same.tensor.isIdentical(to: volume.tensor) && same.affine == affine && same.steps.isEmpty)
        let small = Affine(columns: [[5e-5, 0, 0], [0, 5e-5, 0], [0, 0, 5e-5]], origin: .zero)
        #expect(try Samples.places([5, 5, 5], affine: small).spaced([1e-4, 1e-4, 1e-4], .linear).extents == [3, 3, 3])
        let flat = Affine(columns: [[1, 0, 0], [2, 0, 0], [0, 0, 1]], origin: .zero)
        #expect(errorCode { _ = try Samples.places([3, 3, 3], affine: flat).spaced([1, 1, 1], .linear) } == .malformed)
    }

    /// A mask made of a sheared scan comes back to the scan's own grid.
    @Test func masksOfShearedScansComeBack() throws {
        let affine = Affine(columns: [[0.7, 0, 0], [0.2, 0.8, 0], [0, 0.3, 2.5]], origin: [-30, 12, 5])
        var values = [UInt8](repeating: 0, count: 20 * 18 * 9)
        for x in 5..<15 { for y in 4..<12 { for z in 2..<7 { values[(x * 18 + y) * 9 + z] = UInt8(1 + z % 3) } } }
        var mask = try Volume(Tensor(values, shape: [1, 20, 18, 9]), affine: affine)
        mask.source = VolumeSource(paths: ["x"], header: nil, extents: [20, 18, 9], affine: affine)
        let back = try mask.spaced([0.35, 0.4, 0.5], .nearest).restored(.nearest)
        #expect(back.extents == mask.extents && back.affine == affine)
        let kept = zip(try back.tensor.array(UInt8.self), values).filter { $0.1 != 0 && $0.0 == $0.1 }.count
        #expect(kept > 380)
    }
}
