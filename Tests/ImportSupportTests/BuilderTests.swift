import ImportSupport
import TestSupport
import Testing

/// The builder importers share: names, what's folded at import and what isn't, layouts, how it ends.
@Suite struct BuilderTests {
    private static func builder(_ scope: String = "node") -> ImportBuilder {
        let builder = ImportBuilder(name: "model")
        builder.scope = scope
        return builder
    }

    private static let image = TensorType(.f32, [.free("N"), 4, 5, 3])

    // MARK: Names

    @Test func valuesAreNamedAfterTheirNode() throws {
        let builder = Self.builder("encoder/conv")
        let x = builder.graph.addInput("x", Self.image)
        let result = try builder.result(Relu(), [x])
        let square = try builder.step("square", Multiply(), [x, x])
        #expect(builder.graph[result].name == "encoder/conv" && builder.graph[square].name == "encoder/conv:square")
        builder.scope = "split"
        let parts = try builder.outputs(Split(axis: 3, count: 3), [x, nil], count: 3)
        #expect(parts.map { builder.graph[$0].name } == ["split", "split:1", "split:2"])
        builder.scope = "other"
        let steps = try builder.steps("part", Split(axis: 3, count: 3), [x, nil], count: 3)
        #expect(steps.map { builder.graph[$0].name } == ["other:part_0", "other:part_1", "other:part_2"])
    }

    // MARK: Folding

    /// Results of 64 KiB and less are computed; a byte more stays a node.
    @Test(arguments: [(16_384, true), (16_385, false)]) func constantsAreFoldedUpToABudget(count: Int, isFolded: Bool) throws {
        let builder = Self.builder()
        let small = builder.constant(try Tensor(scalar: Float(2)), "two")
        let shape = try builder.integers([count], "shape")
        let value = try builder.result(Expand(), [small, shape])
        #expect((builder.graph.constant(value) != nil) == isFolded)
        // Converted at once up to the same size.
        let numbers = builder.constant(try Tensor(zeros: .f32, [count]), "numbers")
        let converted = try builder.converted(numbers, to: .i32)
        #expect((builder.graph.constant(converted) != nil) == isFolded && builder.graph.type(converted).elementType == .i32)
    }

    @Test func whatDependsOnAnInputIsNotFolded() throws {
        let builder = Self.builder()
        let x = builder.graph.addInput("x", TensorType(.f32, fixed: [2]))
        let one = builder.constant(try Tensor([1, 1] as [Float]), "one")
        let sum = try builder.step("sum", Add(), [x, one])
        #expect(builder.graph.constant(sum) == nil)
        let two = try builder.step("two", Add(), [one, one])
        #expect(try builder.graph.constant(two)?.array(Float.self) == [2, 2])
        // An operator that only asks for types is folded wherever they're fixed.
        let shape = try builder.step("shape", ShapeOf(), [x])
        #expect(try builder.graph.constant(shape)?.integers() == [2])
    }

    // MARK: Conversions

    @Test func aCastFromTheVeryTypeIsUndone() throws {
        let builder = Self.builder()
        let x = builder.graph.addInput("x", TensorType(.i64, [.free("n")]))
        let narrow = try builder.step("narrow", Cast(elementType: .i32), [x])
        #expect(try builder.asInt64(x) == x)
        let y = builder.graph.addInput("y", TensorType(.i32, [.free("n")]))
        let wide = try builder.asInt64(y)
        #expect(builder.graph.type(wide).elementType == .i64 && wide != y)
        #expect(try builder.asInt64(narrow) == x)
        let axes = try builder.axes(builder.constant(Tensor(scalar: Int32(2)), "axis"))
        #expect(try builder.graph.constant(axes)?.integers() == [2] && builder.graph.type(axes).rank == 1)
    }

    @Test func whatHasToBeConstantIsSaid() throws {
        let builder = Self.builder()
        let x = builder.graph.addInput("x", TensorType(.i64, fixed: [1]))
        #expect(errorCode { _ = try builder.constantIntegers(x, "axis") } == .unsupported)
        let none = try builder.integers([], "none")
        #expect(errorCode { _ = try builder.constantInteger(none, "axis") } == .malformed)
        #expect(try builder.constantInteger(builder.integers([7, 8], "some"), "axis") == 7)
    }

    // MARK: Layout

    @Test(arguments: 1...3) func permutationsLeadThereAndBack(rank: Int) {
        let layout = ChannelLayout(isChannelsLast: true, spatialRank: rank)
        let (there, back) = (layout.toChannelsFirst, layout.toChannelsLast)
        #expect(there.map { back[$0] } == Array(0..<rank + 2) || back.map { there[$0] } == Array(0..<rank + 2))
        #expect(layout.channelAxis == rank + 1 && layout.firstSpatialAxis == 1 && there[1] == layout.channelAxis)
        let first = ChannelLayout(isChannelsLast: false, spatialRank: rank)
        #expect(first.channelAxis == 1 && first.firstSpatialAxis == 2)
    }

    /// A value is transposed once for all who ask, and what comes back channels-last remembers what it was made of.
    @Test func transpositionsAreShared() throws {
        let builder = Self.builder()
        let layout = ChannelLayout(isChannelsLast: true, spatialRank: 2)
        let x = builder.graph.addInput("x", Self.image)
        let first = try builder.channelsFirst(x, layout)
        #expect(try builder.channelsFirst(x, layout) == first)
        #expect(builder.graph.type(first).shape == [.free("N"), 3, 4, 5])
        let y = try builder.spatial(Relu(), [first], layout)
        #expect(builder.graph.type(y).shape == Self.image.shape && builder.graph[y].name == "node")
        let inner = try builder.channelsFirst(y, layout)
        #expect(builder.graph[inner].name == "node:channels_first")
        // Channels-first sources get none.
        let plain = ChannelLayout(isChannelsLast: false, spatialRank: 2)
        #expect(try builder.channelsFirst(x, plain) == x)
    }

    /// A weight is permuted once, at import, and takes the name over where the stored form isn't needed.
    @Test func weightsArePermutedOnce() throws {
        let builder = Self.builder()
        let x = builder.graph.addInput("x", TensorType(.f32, fixed: [2, 3]))
        let weight = builder.graph.addConstant("kernel", try Sample.ramp(.f32, [2, 3]).tensor())
        let turned = try builder.permuted(weight, [1, 0])
        #expect(try builder.permuted(weight, [1, 0]) == turned)
        #expect(try builder.graph.constant(turned)?.array(Float.self) == [0, 3, 1, 4, 2, 5])
        #expect(errorCode { _ = try builder.permuted(weight, [0, 2, 1]) } == .invalidGraph)
        try builder.finish([("y", builder.result(MatMul(), [x, turned]))])
        #expect(builder.graph.value(named: "kernel") == turned && builder.graph.contains(turned) && !builder.graph.contains(weight))
    }

    // MARK: Finishing

    @Test func outputsGetTheNamesAskedFor() throws {
        let builder = Self.builder()
        let x = builder.graph.addInput("x", TensorType(.f32, fixed: [2]))
        let y = try builder.result(Relu(), [x])
        builder.scope = "unused"
        _ = try builder.result(Exp(), [y])
        // The same value twice, an input, and a name that another value has.
        try builder.finish([("a", y), ("b", y), ("c", x), ("x2", y)])
        #expect(builder.graph.outputs.map { builder.graph[$0].name } == ["a", "b", "c", "x2"])
        #expect(builder.graph.value(named: "unused") == nil)
        try builder.graph.verify()
        let results = try builder.graph.evaluateReference(["x": Tensor([-1, 1] as [Float])])
        #expect(try results["b"]?.array(Float.self) == [0, 1] && results["c"]?.array(Float.self) == [-1, 1])
    }

    @Test func aTakenNameIsMovedAside() throws {
        let builder = Self.builder("want")
        let x = builder.graph.addInput("x", TensorType(.f32, fixed: [2]))
        let inner = try builder.result(Relu(), [x])
        builder.scope = "end"
        let end = try builder.result(Exp(), [inner])
        try builder.finish([("want", end)])
        #expect(builder.graph[end].name == "want" && builder.graph[inner].name == "want:inner")
        try builder.graph.verify()
    }

    // MARK: Fragments

    @Test func fragmentsAreSplicedIn() throws {
        var fragment = Graph(name: "fragment")
        let a = fragment.addInput("a", TensorType(.f32, fixed: [2]))
        let three = fragment.addConstant("three", try Tensor([3, 3] as [Float]))
        let scaled = try fragment.add(Multiply(), [a, three], outputNames: ["scaled"])[0]
        fragment.setOutputs([try fragment.add(Negate(), [scaled], outputNames: ["end"])[0], three])
        let builder = Self.builder("lambda")
        let x = builder.graph.addInput("x", TensorType(.f32, fixed: [2]))
        let results = try builder.splice(fragment, [x])
        #expect(results.count == 2)
        #expect(errorCode { _ = try builder.splice(fragment, []) } == .internalFault)
        try builder.finish([("y", results[0])])
        #expect(try builder.graph.evaluateReference(["x": Tensor([1, 2] as [Float])])["y"]?.array(Float.self) == [-3, -6])
    }
}
