import Foundation
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Operations run on data of another rank between two reshapes, and reshapes that only look like it.
@Suite struct ReshapePatternTests {
    /// Scalars "x_0" … for the extents of `source`, and products of them as "a_by_b".
    private func extents(_ maker: inout GraphMaker, _ source: String, rank: Int, prefix: String) {
        maker.add("Shape", "\(prefix)/shape", [source])
        maker.constant("\(prefix)/step", integers: [1])
        for axis in 0..<rank {
            maker.constant("\(prefix)/begin_\(axis)", integers: [axis])
            maker.constant("\(prefix)/end_\(axis)", integers: [axis + 1])
            maker.add(
                "StridedSlice", "\(prefix)_\(axis)",
                ["\(prefix)/shape", "\(prefix)/begin_\(axis)", "\(prefix)/end_\(axis)", "\(prefix)/step"],
                ["shrink_axis_mask": .int(1)])
        }
    }

    // MARK: Normalisation

    /// N × C × D × H × W reshaped to rank 4, normalised, reshaped to `back`.
    private func normalized(_ flat: [String], _ back: [String]) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 4, -1, -1, -1])
        extents(&maker, "x", rank: 5, prefix: "x")
        for (name, number) in [("two", 2), ("four", 4)] { maker.constant(name, integers: [number], []) }
        maker.add("Mul", "x_3_by_x_4", ["x_3", "x_4"])
        maker.add("Mul", "x_2_by_x_3", ["x_2", "x_3"])
        maker.add("Mul", "two_by_x_2", ["two", "x_2"])
        maker.add("Pack", "flat", flat)
        maker.add("Pack", "back", back)
        for (name, values) in [("gamma", [1, 2, 3, 4]), ("beta", [4, 3, 2, 1]), ("mean", [0, 1, 0, 1]), ("variance", [1, 2, 1, 2])]
            as [(String, [Float])]
        {
            maker.constant(name, values, [4])
        }
        maker.add("Reshape", "data", ["x", "flat"])
        maker.add(
            "FusedBatchNormV3", "norm", ["data", "gamma", "beta", "mean", "variance"],
            ["is_training": .bool(false), "data_format": .string("NCHW"), "epsilon": .float(0.001)])
        maker.add("Reshape", "y", ["norm", "back"])
        return maker
    }

    @Test func normalisationsOfVolumesLoseTheirReshapes() throws {
        for flat in [["x_0", "four", "x_2", "x_3_by_x_4"], ["x_0", "four", "x_2_by_x_3", "x_4"]] {
            let model = try normalized(flat, ["x_0", "four", "x_2", "x_3", "x_4"]).imported(ImportOptions(outputs: ["y"]))
            #expect(model.operators == ["BatchNormalization"])
            #expect(model.graph.type(model.graph.outputs[0]).rank == 5)
        }
    }

    @Test func normalisationsOfOtherAxesKeepThem() throws {
        // Another order of axes afterwards, and channels that are half of them beside twice as many slices.
        for (flat, back) in [
            (["x_0", "four", "x_2", "x_3_by_x_4"], ["x_0", "four", "x_3", "x_2", "x_4"]),
            (["x_0", "two", "two_by_x_2", "x_3_by_x_4"], ["x_0", "four", "x_2", "x_3", "x_4"]),
        ] {
            let maker = normalized(flat, back)
            guard let model = try? maker.imported(ImportOptions(outputs: ["y"])) else { continue }
            #expect(model.operators.contains("Reshape"))
        }
    }

    // MARK: Convolution

    /// A 2D convolution of the slices of N × D × H × W × 2.
    private func slicewise(joined: [String], back: [String]) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, -1, -1, -1, 2])
        extents(&maker, "x", rank: 5, prefix: "x")
        maker.constant("two", integers: [2], [])
        maker.constant("three", integers: [3], [])
        maker.add("Mul", "x_0_by_x_1", ["x_0", "x_1"])
        maker.add("Mul", "x_1_by_x_2", ["x_1", "x_2"])
        maker.add("Pack", "joined", joined)
        maker.add("Reshape", "slices", ["x", "joined"])
        maker.constant("w", (0..<54).map { Float($0 % 7) - 3 }, [3, 3, 2, 3])
        maker.add("Conv2D", "conv", ["slices", "w"], ["strides": .ints([1, 2, 1, 1]), "padding": .string("SAME")])
        extents(&maker, "conv", rank: 4, prefix: "conv")
        maker.add("Pack", "back", back)
        maker.add("Reshape", "y", ["conv", "back"])
        return maker
    }

    @Test func convolutionsOfSlicesAreFlatOnesOfVolumes() throws {
        let maker = slicewise(joined: ["x_0_by_x_1", "x_2", "x_3", "two"], back: ["x_0", "x_1", "conv_1", "conv_2", "three"])
        let model = try maker.imported(ImportOptions(outputs: ["y"]))
        #expect(model.operators == ["Transpose", "Convolution", "Transpose"])
        let x = try Sample.noise(.f32, [2, 3, 5, 4, 2], seed: 3).tensor()
        let y = try #require(model.graph.evaluateReference(["x": x])["y"])
        #expect(y.shape == [2, 3, 3, 4, 3])
        // The plain convolution of all slices is what it must equal.
        let slices = try maker.imported(ImportOptions(outputs: ["conv"])).graph.evaluateReference(["x": x])["conv"]
        #expect(try y.array(Float.self) == slices?.array(Float.self))
    }

    @Test func slicesThatArentPartedTheSameWayStay() throws {
        let maker = slicewise(joined: ["x_0_by_x_1", "x_2", "x_3", "two"], back: ["x_1", "x_0", "conv_1", "conv_2", "three"])
        #expect(try maker.imported(ImportOptions(outputs: ["y"])).operators.contains("Reshape"))
        let joined = slicewise(joined: ["x_0", "x_1_by_x_2", "x_3", "two"], back: ["x_0", "conv_1", "conv_2", "three"])
        #expect(try joined.imported(ImportOptions(outputs: ["y"])).operators.contains("Reshape"))
    }
}
