import Foundation
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Layouts, padding and the patterns that become one operator.
@Suite struct LayoutTests {
    private let kernel = [Float](repeating: 0.5, count: 3 * 3 * 2 * 4)

    private func convolution(_ shape: [Int], _ attributes: [String: GraphMaker.Attribute]) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", shape)
        maker.constant("w", kernel, [3, 3, 2, 4])
        maker.add("Conv2D", "y", ["x", "w"], attributes)
        return maker
    }

    @Test func channelsLastIsWrappedInTransposes() throws {
        let model = try convolution([-1, -1, -1, 2], ["strides": .ints([1, 1, 1, 1]), "padding": .string("SAME")]).imported()
        #expect(model.operators == ["Transpose", "Convolution", "Transpose"])
        let op = try #require(model.operators(Convolution.self).first)
        #expect(op.window == SpatialWindow(autoPadding: .sameUpper))
        let type = model.graph.type(model.graph.outputs[0])
        #expect(type.description == "f32[N×x_1×x_2×4]")
        let weight = try #require(model.graph.value(named: "w"))
        #expect(model.graph.type(weight).fixedShape == [4, 2, 3, 3])
    }

    @Test func channelsFirstIsDirect() throws {
        let model = try convolution(
            [-1, 2, 8, 9],
            ["strides": .ints([1, 1, 2, 1]), "padding": .string("VALID"), "data_format": .string("NCHW")]
        ).imported()
        #expect(model.operators == ["Convolution"])
        #expect(model.operators(Convolution.self).first?.window == SpatialWindow(strides: [2, 1]))
        #expect(model.graph.type(model.graph.outputs[0]).description == "f32[N×4×3×7]")
    }

    @Test func explicitPadsAreReorderedBySide() throws {
        let model = try convolution(
            [1, 8, 9, 2],
            ["strides": .ints([1, 1, 1, 1]), "padding": .string("EXPLICIT"), "explicit_paddings": .ints([0, 0, 1, 2, 3, 4, 0, 0])]
        ).imported()
        #expect(model.operators(Convolution.self).first?.window.pads == [1, 3, 2, 4])
    }

    @Test func stridesOverChannelsAreRefused() {
        #expect(convolution([1, 8, 8, 2], ["strides": .ints([1, 1, 1, 2])]).failure()?.code == .unsupported)
        #expect(convolution([1, 8, 8, 2], ["strides": .ints([1, 0, 1, 1])]).failure()?.code == .malformed)
        #expect(convolution([1, 8, 8, 2], ["strides": .ints([1, 1, 1])]).failure()?.code == .malformed)
        #expect(convolution([1, 8, 8, 2], ["data_format": .string("NCHW_VECT_C")]).failure()?.code == .unsupported)
        #expect(convolution([1, 8, 8, 2], ["padding": .int(3)]).failure()?.code == .malformed)
    }

    @Test func aWeightReadTwiceIsTransposedOnce() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1, 8, 8, 2])
        maker.constant("w", [Float](repeating: 1, count: 3 * 3 * 2 * 2), [3, 3, 2, 2])
        maker.add("Identity", "w/read", ["w"])
        maker.add("Conv2D", "a", ["x", "w/read"], ["padding": .string("SAME"), "strides": .ints([1, 1, 1, 1])])
        maker.add("Conv2D", "b", ["a", "w/read"], ["padding": .string("SAME"), "strides": .ints([1, 1, 1, 1])])
        let model = try maker.imported()
        #expect(model.operators == ["Transpose", "Convolution", "Convolution", "Transpose"])
        #expect(model.graph.valueIDs.filter { model.graph[$0].constant != nil }.count == 1)
    }

    @Test func aKernelOfFewerChannelsIsGrouped() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1, 8, 8, 4])
        maker.constant("w", kernel, [3, 3, 2, 4])
        maker.add("Conv2D", "y", ["x", "w"], ["padding": .string("SAME"), "strides": .ints([1, 1, 1, 1])])
        #expect(try maker.imported().operators(Convolution.self).first?.groups == 2)
    }

    @Test func convolutionsBetweenBlocksAreDilated() throws {
        let path = FixtureTests.folder + "/dilated.pb"
        let fixed = try FrozenGraphImporter().importModel(path: path, options: ImportOptions(outputs: ["fixed3d_output"]))
        let op = try #require(fixed.operators(Convolution.self).first)
        #expect(op.window == SpatialWindow(dilations: [2, 2, 2], pads: [2, 2, 2, 2, 2, 2]))
        #expect(!fixed.operators.contains("Reshape"))
        let free = try FrozenGraphImporter().importModel(path: path, options: ImportOptions(outputs: ["free2d_output"]))
        #expect(free.operators(Convolution.self).first?.window == SpatialWindow())
    }

    @Test func backpropKnowsItsExtentsDespiteAFreeBatch() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, 4, 5, 2])
        maker.constant("w", [Float](repeating: 1, count: 3 * 3 * 3 * 2), [3, 3, 3, 2])
        maker.add("Shape", "shape", ["x"])
        maker.constant("zero", integers: [0])
        maker.constant("one", integers: [1])
        maker.add("StridedSlice", "batch", ["shape", "zero", "one", "one"], ["shrink_axis_mask": .int(1)])
        for (name, number) in [("h", 8), ("k", 10), ("c", 3)] { maker.constant(name, integers: [number], []) }
        maker.add("Pack", "sizes", ["batch", "h", "k", "c"])
        maker.add("Conv2DBackpropInput", "y", ["sizes", "w", "x"], ["padding": .string("SAME"), "strides": .ints([1, 2, 2, 1])])
        let model = try maker.imported()
        #expect(model.operators == ["Transpose", "TransposedConvolution", "Transpose"])
        let op = try #require(model.operators(TransposedConvolution.self).first)
        #expect(op.outputShape == [8, 10] && op.padsFromForward && op.window.autoPadding == .sameUpper)
        #expect(model.graph.type(model.graph.outputs[0]).description == "f32[N×8×10×3]")
    }

    @Test func reshapesKeepTheExtentsTheyCopy() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [-1, -1, -1, 8])
        maker.add("Shape", "shape", ["x"])
        maker.constant("zero", integers: [0])
        maker.constant("three", integers: [3])
        maker.constant("step", integers: [1])
        maker.add("StridedSlice", "outer", ["shape", "zero", "three", "step"])
        maker.constant("groups", integers: [2, 4])
        maker.constant("axis", integers: [0], [])
        maker.add("ConcatV2", "grouped", ["outer", "groups", "axis"])
        maker.add("Reshape", "y", ["x", "grouped"])
        let model = try maker.imported()
        #expect(model.operators == ["Reshape"])
        #expect(model.graph.type(model.graph.outputs[0]).description == "f32[N×x_1×x_2×2×4]")
    }

    @Test func fusedOperationsAreTakenApart() throws {
        var maker = convolution([1, 8, 8, 2], [:])
        maker.graph.node.removeLast()
        maker.constant("b", [1, 2, 3, 4], [4])
        var fused = GraphMaker.node("_FusedConv2D", "y", ["x", "w", "b"], ["padding": .string("SAME"), "strides": .ints([1, 1, 1, 1])])
        fused.attr["fused_ops"] = {
            var value = Tensorflow_AttrValue()
            value.list.s = [.init("BiasAdd".utf8), .init("Relu".utf8)]
            return value
        }()
        maker.graph.node.append(fused)
        #expect(try maker.imported().operators == ["Transpose", "Convolution", "Add", "Relu", "Transpose"])
    }
}
