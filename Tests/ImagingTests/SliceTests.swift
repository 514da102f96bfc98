import Bytes
import Imaging
import Tensors
import Testing

/// Slices show the patient, not the file: what's drawn doesn't depend on which way a volume's axes are stored.
@Suite struct SliceTests {
    /// Voxels of 1 × 2 × 3 mm; a block of labels off the centre.
    private static func volumes() throws -> (scan: Volume, mask: Volume) {
        let affine = Affine(columns: [[1, 0, 0], [0, 2, 0], [0, 0, 3]], origin: [-5, 3, 8])
        let scan = try Samples.places([10, 8, 6], affine: affine)
        var labels = [UInt8](repeating: 0, count: 480)
        for x in 2..<4 { for y in 1..<4 { for z in 3..<5 { labels[(x * 8 + y) * 6 + z] = x == 2 ? 1 : 2 } } }
        return (scan, try Volume(Tensor(labels, shape: [1, 10, 8, 6]), affine: affine))
    }

    @Test(arguments: ["LPS", "PSR", "SAL", "IRP"]) func overlaysShowThePatient(_ code: String) throws {
        let (scan, mask) = try Self.volumes()
        let expected = try Overlay(image: scan, mask: mask).slices()
        let turned = try Overlay(image: scan.oriented(Orientation(code)), mask: mask.oriented(Orientation(code))).slices()
        #expect(expected.map(\.name) == ["axial", "coronal", "sagittal"] && expected.map(\.index) == [3, 1, 2])
        for (a, b) in zip(expected, turned) {
            #expect(a.index == b.index && a.width == b.width && a.height == b.height && a.pixels == b.pixels, "\(a.name)")
        }
        // Proportions are the patient's: 10 × 1 mm across, 8 × 2 mm down.
        #expect(expected[0].width * 16 == expected[0].height * 10)
    }

    @Test func rightIsOnTheLeftAndAnteriorAbove() throws {
        let (scan, mask) = try Self.volumes()
        let axial = try Overlay(image: scan, mask: mask).slices()[0]
        // The block lies at low x and y: left of the patient, so right in the picture, and posterior, so below.
        func isColored(_ column: Int, _ row: Int) -> Bool {
            let pixel = axial.pixels[(row * axial.width + column) * 3..<(row * axial.width + column) * 3 + 3]
            return Set(pixel).count > 1
        }
        let colored = (0..<axial.width * axial.height).filter { isColored($0 % axial.width, $0 / axial.width) }
        #expect(colored.count * 80 == axial.width * axial.height * 6)
        #expect(colored.allSatisfy { $0 % axial.width >= axial.width / 2 && $0 / axial.width >= axial.height / 2 })
    }

    @Test func theBusiestSliceIsByTheFirstKindThenTheNextThenTheFirst() throws {
        let grid = try Samples.places([4, 3, 2]).grid
        // Marks along x: of the first kind in slices 1 and 2, of the second most in 2.
        func x(_ place: Int) -> Int { place / 6 }
        let slices = try SliceGrid(grid).busiest([{ (1...2).contains(x($0)) ? 1 : 0 }, { x($0) == 2 ? 2 : 1 }])
        #expect(slices == [2, 0, 0])
        #expect(try SliceGrid(grid).busiest([{ (1...2).contains(x($0)) ? 1 : 0 }]) == [1, 0, 0])
        #expect(try SliceGrid(grid).busiest([{ _ in 0 }]) == [2, 1, 1])
    }

    @Test func outlinesAreTheBorderOfAMask() throws {
        let grid = try Samples.places([40, 40, 40]).grid
        let view = try SliceGrid(grid).view(SlicePlane.all[0], slice: 20, .fitted(longest: 40))
        #expect(view.width == 40 && view.height == 40)
        func isIn(_ place: Int) -> Bool { (10..<20).contains(place / 1600) && (10..<20).contains(place / 40 % 40) }
        let count = (0..<1600).count { view.isOutline($0 % 40, $0 / 40, isIn) }
        #expect(count == 36)
    }
}
