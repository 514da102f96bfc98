import Bytes
import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct GeometryTests {
    @Test(arguments: ["RAS", "LPS", "LAS", "PSR", "IPL"])
    func reorderingKeepsEveryVoxelInItsPlace(_ code: String) throws {
        let volume = try Samples.places([3, 4, 5], affine: Samples.lps)
        let turned = try volume.oriented(Orientation(code))
        #expect(try Orientation(of: turned.affine).code == code)
        let inverse = try volume.affine.inverted()
        let values = try Samples.values(turned)
        var index = 0
        for x in 0..<turned.extents[0] {
            for y in 0..<turned.extents[1] {
                for z in 0..<turned.extents[2] {
                    let place = inverse.world(turned.affine.world([Double(x), Double(y), Double(z)]))
                    #expect(values[index] == Float(100 * place.x.rounded() + 10 * place.y.rounded() + place.z.rounded()))
                    index += 1
                }
            }
        }
        #expect(try turned.restored(.linear).tensor.isIdentical(to: volume.tensor))
    }

    @Test func obliqueAxesHaveTheirNearestNames() throws {
        #expect(try Orientation(of: Samples.oblique).code == "RAS")
        #expect(errorCode { _ = try Orientation("RAX") } == .unsupported)
        #expect(errorCode { _ = try Orientation("RLS") } == .unsupported)
    }

    @Test func everyStepIsUndone() throws {
        var volume = try Samples.places([6, 5, 7], affine: Samples.oblique)
        volume.source = VolumeSource(paths: ["x"], header: nil, extents: [6, 5, 7], affine: Samples.oblique)
        let moved = try volume.oriented(Orientation("PIR")).spaced([1, 2, 3], .linear).windowed(start: [-2, 1, 0], extents: [9, 4, 3])
        let back = try moved.restored(.nearest)
        #expect(back.extents == volume.extents && back.affine == volume.affine && back.steps.isEmpty)
    }

    /// MONAI's Spacing of grids that are perpendicular but for rounding: what it does depends on the rounding's sign.
    @Test(arguments: [(1e-6, [0.0, 0, 0]), (-1e-6, [-0.25, 0, -0.5]), (0, [0, 0, 0]), (-1e-10, [0, 0, 0])] as [(Double, [Double])])
    func obliqueGridsMeetAtTheFirstCornerOrInTheMiddle(_ error: Double, _ origin: [Double]) throws {
        let affine = Affine(columns: [[1, 0, 0], [error, 1, 0], [0, 0, 1]], origin: .zero)
        let spaced = try Samples.places([10, 12, 8], affine: affine).spaced([1.5, 1.5, 1.5], .linear)
        #expect(spaced.extents == [7, 8, 6])
        for axis in 0..<3 { #expect(abs(spaced.affine.origin[axis] - origin[axis]) < 1e-5) }
        #expect(
            try abs(Samples.values(spaced)[6 * 8 + 6 + 1] - Float(100 * (1.5 + origin[0]) + 10 * (1.5 + origin[1]) + 1.5 + origin[2]))
                < 1e-3)
    }

    @Test func cropsAndPadsAgreeWithTheirTables() throws {
        let volume = try Volume(Tensor([1, 2, 3] as [Float], shape: [1, 1, 1, 3]))
        func row(_ padding: Padding) throws -> [Float] {
            try Samples.values(volume.windowed(start: [0, 0, -2], extents: [1, 1, 7], padding))
        }
        #expect(try row(.constant(9)) == [9, 9, 1, 2, 3, 9, 9])
        #expect(try row(.edge) == [1, 1, 1, 2, 3, 3, 3])
        #expect(try row(.reflect) == [3, 2, 1, 2, 3, 2, 1])
        #expect(try row(.symmetric) == [2, 1, 1, 2, 3, 3, 2])
        #expect(try row(.circular) == [2, 3, 1, 2, 3, 1, 2])
    }

    @Test func resamplingFollowsItsRule() throws {
        let volume = try Volume(Tensor([0, 10, 20, 30] as [Float], shape: [1, 1, 1, 4]))
        func row(_ rule: AxisMap.Rule, _ count: Int, _ interpolation: Interpolation) throws -> [Float] {
            try Samples.values(volume.resampled([.identity(1), .identity(1), AxisMap(rule, input: 4, output: count)], interpolation))
        }
        #expect(try row(.corners, 7, .linear) == [0, 5, 10, 15, 20, 25, 30])
        #expect(try row(.corners, 3, .nearest) == [0, 20, 30])
        #expect(try row(.cells, 2, .linear) == [5, 25])
        #expect(try row(.cells, 8, .nearest) == [0, 0, 10, 10, 20, 20, 30, 30])
        #expect(try row(.cells, 3, .area) == [5, 15, 25])
        #expect(try row(.places(scale: 1.5, offset: 0), 3, .linear) == [0, 15, 30])
        #expect(try row(.places(scale: 0.5, offset: -1), 4, .linear) == [0, 0, 0, 5])
        #expect(try row(.places(scale: 0.5, offset: 0), 5, .nearest) == [0, 10, 10, 20, 20])
    }
}
