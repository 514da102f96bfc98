import Foundation
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Upsampling that graphs spell as something else: transposed convolutions with constant kernels, tiles, joined axes.
@Suite struct UpsamplingTests {
    // MARK: Transposed convolutions

    /// A 2D transposed convolution of N × H × W × C with a diagonal kernel made of `taps`, of stride 2 and SAME padding.
    /// - Parameter target: the node that gives the extents to make, of the placeholder "x" or "other".
    private func transposed(
        channels: Int, taps: [Float] = [0.5, 1, 0.5], spoil: ((inout [Float]) -> Void)? = nil, extents: (inout GraphMaker) -> Void
    ) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, -1, -1, channels])
        maker.placeholder("other", [-1, -1, -1, channels])
        let side = taps.count
        var kernel = [Float](repeating: 0, count: side * side * channels * channels)
        for place in 0..<side * side {
            for c in 0..<channels { kernel[(place * channels + c) * channels + c] = taps[place / side] * taps[place % side] }
        }
        spoil?(&kernel)
        maker.constant("w", kernel, [side, side, channels, channels])
        extents(&maker)
        maker.add("Conv2DBackpropInput", "y", ["target", "w", "x"], ["strides": .ints([1, 2, 2, 1]), "padding": .string("SAME")])
        return maker
    }

    /// The shape [n, h · times, w · times, channels] of `source`'s extents, in the order given.
    private static func target(_ source: String, times: Int = 2, order: [Int] = [1, 2], channels: Int) -> (inout GraphMaker) -> Void {
        { maker in
            maker.add("Shape", "shape", [source])
            maker.constant("step", integers: [1])
            maker.constant("times", integers: [times], [])
            for axis in 0..<3 {
                maker.constant("begin_\(axis)", integers: [axis])
                maker.constant("end_\(axis)", integers: [axis + 1])
                maker.add(
                    "StridedSlice", "extent_\(axis)", ["shape", "begin_\(axis)", "end_\(axis)", "step"], ["shrink_axis_mask": .int(1)])
                maker.add("Mul", "larger_\(axis)", ["extent_\(axis)", "times"])
            }
            maker.constant("channels", integers: [channels], [])
            maker.add("Pack", "target", ["extent_0", "larger_\(order[0])", "larger_\(order[1])", "channels"])
        }
    }

    private func operators(_ maker: GraphMaker) throws -> [String] {
        try maker.imported(ImportOptions(outputs: ["y"])).operators.filter { $0 != "Transpose" }
    }

    @Test func semilinearWhateverTheExtents() throws {
        #expect(try operators(transposed(channels: 3, extents: Self.target("x", channels: 3))) == ["SemilinearUpsample"])
    }

    @Test func semilinearGivesWhatTheDenseKernelDoes() throws {
        let maker = transposed(channels: 2, extents: Self.target("x", channels: 2))
        let x = try Sample.noise(.f32, [1, 3, 4, 2], seed: 5).tensor()
        let made = try #require(maker.imported(ImportOptions(outputs: ["y"])).graph.evaluateReference(["x": x])["y"])
        // The dense kernel of another name: one element off the diagonal is as good as 0, but not 0.
        let dense = transposed(channels: 2, spoil: { $0[1] = 1e-30 }, extents: Self.target("x", channels: 2))
        let wanted = try #require(dense.imported(ImportOptions(outputs: ["y"])).graph.evaluateReference(["x": x])["y"])
        #expect(try made.array(Float.self) == wanted.array(Float.self))
        #expect(made.shape == [1, 6, 8, 2])
    }

    @Test func otherKernelsOfOneChannelEachAreDepthwise() throws {
        let model = try transposed(channels: 3, taps: [0.25, 1, 0.5], extents: Self.target("x", channels: 3)).imported(
            ImportOptions(outputs: ["y"]))
        let op = try #require(model.operators(TransposedConvolution.self).first)
        #expect(op.groups == 3)
        #expect(model.graph.valueIDs.allSatisfy { model.graph.constant($0)?.count ?? 0 <= 27 })
    }

    @Test func extentsThatMayBeOthersAreDepthwise() throws {
        for extents in [
            Self.target("other", channels: 3), Self.target("x", order: [2, 1], channels: 3), Self.target("x", times: 1, channels: 3),
        ] {
            let left = try operators(transposed(channels: 3, extents: extents))
            #expect(left.contains("TransposedConvolution") && !left.contains("SemilinearUpsample"))
        }
    }

    @Test func whatMixesChannelsStaysDense() throws {
        let maker = transposed(channels: 3, spoil: { $0[1] = 0.1 }, extents: Self.target("x", channels: 3))
        let op = try #require(maker.imported(ImportOptions(outputs: ["y"])).operators(TransposedConvolution.self).first)
        #expect(op.groups == 1)
    }

    // MARK: Tiles and joined axes

    /// N × H × W × C with a new axis at `place`, tiled by `counts` and reshaped to twice the height.
    private func tiled(at place: Int, _ counts: [Int]) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, -1, -1, 3])
        maker.constant("place", integers: [place], [])
        maker.constant("counts", integers: counts)
        Self.target("x", channels: 3)(&maker)
        maker.add("Pack", "wanted", ["extent_0", "larger_1", "extent_2", "channels"])
        maker.add("ExpandDims", "wide", ["x", "place"])
        maker.add("Tile", "tiled", ["wide", "counts"])
        maker.add("Reshape", "y", ["tiled", "wanted"])
        return maker
    }

    @Test func tilesBehindAnAxisRepeatIt() throws {
        let maker = tiled(at: 2, [1, 1, 2, 1, 1])
        let model = try maker.imported(ImportOptions(outputs: ["y"]))
        #expect(model.operators == ["Resize"])
        let x = try Sample.f32([0, 1, 2, 3, 4, 5], [1, 2, 1, 3]).tensor()
        #expect(try model.graph.evaluateReference(["x": x])["y"]?.array(Float.self) == [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5])
    }

    @Test func tilesBeforeAnAxisAreCopies() throws {
        let maker = tiled(at: 1, [1, 2, 1, 1, 1])
        let model = try maker.imported(ImportOptions(outputs: ["y"]))
        #expect(!model.operators.contains("Resize"))
        let x = try Sample.f32([0, 1, 2, 3, 4, 5], [1, 2, 1, 3]).tensor()
        #expect(try model.graph.evaluateReference(["x": x])["y"]?.array(Float.self) == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    }

    @Test func slicesEachTwiceAreAResize() throws {
        let cases: [(order: [Int], resizes: Bool)] = [([0, 0, 1, 1], true), ([0, 1, 0, 1], false), ([0, 0, 1], false)]
        for (order, resizes) in cases {
            var maker = GraphMaker()
            maker.placeholder("x", [-1, 2, 3])
            maker.constant("axis", integers: [1], [])
            maker.add("Split", "parts", ["axis", "x"], ["num_split": .int(2)])
            let parts: [String] = order.map { $0 == 0 ? "parts" : "parts:1" }
            maker.add("ConcatV2", "y", parts + ["axis"])
            let model = try maker.imported()
            #expect((model.operators == ["Resize"]) == resizes)
            let x = try Sample.f32([0, 1, 2, 3, 4, 5], [1, 2, 3]).tensor()
            var wanted: [Float] = []
            for slice in order { wanted += slice == 0 ? [0, 1, 2] : [3, 4, 5] }
            #expect(try model.graph.evaluateReference(["x": x])["y"]?.array(Float.self) == wanted)
        }
    }

    // MARK: Dropout

    private func dropout(keep: Float) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 3])
        maker.constant("keep", [keep], [])
        maker.add("Shape", "shape", ["x"])
        maker.add("RandomUniform", "uniform", ["shape"], ["dtype": .type(.dtFloat)])
        maker.add("Add", "sum", ["uniform", "keep"])
        maker.add("Floor", "mask", ["sum"])
        maker.add("RealDiv", "scaled", ["x", "keep"])
        maker.add("Mul", "y", ["scaled", "mask"])
        return maker
    }

    @Test func nothingIsDroppedWithAKeepProbabilityOfOne() throws {
        let model = try dropout(keep: 1).imported()
        let x = try Sample.f32([1, 2, 3], [1, 3]).tensor()
        #expect(try model.graph.evaluateReference(["x": x])["y"]?.array(Float.self) == [1, 2, 3])
        #expect(!model.operators.contains("ConstantOfShape"))
    }

    @Test func randomResultsAreRefused() {
        #expect(dropout(keep: 0.8).failure()?.code == .unsupported)
        var maker = dropout(keep: 1)
        maker.add("Mul", "noisy", ["x", "uniform"])
        #expect(maker.failure()?.code == .unsupported)
        #expect((try? maker.imported(ImportOptions(outputs: ["y"]))) != nil)
    }
}
