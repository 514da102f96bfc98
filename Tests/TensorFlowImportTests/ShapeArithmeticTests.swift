import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Shapes of which some extents are known, followed through operations that make numbers of their own.
@Suite struct ShapeArithmeticTests {
    /// A graph of x (N × 3) whose shape, as "shape", ends in "y".
    private func result(_ build: (inout GraphMaker) -> Void) throws -> [Int] {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 3])
        maker.add("Shape", "shape", ["x"], ["out_type": .type(.dtInt32)])
        build(&maker)
        let x = try Tensor([Float](repeating: 1, count: 15), shape: [5, 3])
        return try #require(maker.imported(ImportOptions(outputs: ["y"])).graph.evaluateReference(["x": x])["y"]).integers()
    }

    @Test func aTensorOfOneNumberIsNotItsShape() throws {
        // A shape of one free extent, as a vector of as many zeros and as one of as many ones.
        for (operation, expected) in [("ZerosLike", 0), ("OnesLike", 1)] {
            let y = try result { maker in
                maker.constant("begin", integers: [0])
                maker.constant("end", integers: [1])
                maker.add("StridedSlice", "batch", ["shape", "begin", "end", "end"])
                maker.constant("seven", integers: [7], [])
                maker.add("Fill", "list", ["batch", "seven"])
                maker.add(operation, "y", ["list"], ["T": .type(.dtInt32)])
            }
            #expect(y == Array(repeating: expected, count: 5))
        }
    }

    @Test func numbersPutIntoAShapeAreNumbers() throws {
        let y = try result { maker in
            maker.constant("places", integers: [1], [1, 1])
            maker.constant("numbers", integers: [1])
            maker.add("TensorScatterUpdate", "y", ["shape", "places", "numbers"])
        }
        #expect(y == [5, 1])
    }

    @Test func numbersAroundAShapeAreNumbers() throws {
        let y = try result { maker in
            maker.constant("pads", integers: [1, 2], [1, 2])
            maker.add("Pad", "zeros", ["shape", "pads"])
            maker.constant("one", integers: [1], [])
            maker.add("PadV2", "y", ["zeros", "pads", "one"])
        }
        #expect(y == [1, 0, 5, 3, 0, 0, 1, 1])
    }

    @Test func placesInAShapeAreNotItsExtents() throws {
        let y = try result { maker in
            maker.constant("depth", integers: [4], [])
            maker.constant("on", integers: [9], [])
            maker.constant("off", integers: [2], [])
            maker.constant("axis", integers: [0], [])
            maker.add("Max", "largest", ["shape", "axis"])
            maker.add("Min", "least", ["shape", "axis"])
            maker.add("OneHot", "y", ["least", "depth", "on", "off"], ["axis": .int(-1)])
        }
        #expect(y == [2, 2, 2, 9])
    }
}
