import ImportSupport
import TestSupport
import Testing

/// Shape arithmetic followed integer by integer: what's known of a free batch, and what becomes constant although the batch isn't.
@Suite struct ShapeArithmeticTests {
    private static func builder() -> (builder: ImportBuilder, x: ValueID, shape: ValueID) {
        let builder = ImportBuilder()
        builder.scope = "node"
        let x = builder.graph.addInput("x", TensorType(.f32, [.free("N"), 4, .free("L"), 3]))
        guard let shape = try? builder.step("shape", ShapeOf(), [x]) else { fatalError("a shape") }
        return (builder, x, shape)
    }

    @Test func extentsAreKnownOneByOne() throws {
        let (builder, x, shape) = Self.builder()
        #expect(builder.graph.constant(shape) == nil)
        #expect(try builder.partial(shape) == [.extent(x, axis: 0), .known(4), .extent(x, axis: 2), .known(3)])
        // What's wholly known is a constant.
        let known = try builder.step("channels", Gather(axis: 0), [shape, builder.integers([1, 3], "places")])
        #expect(try builder.graph.constant(known)?.integers() == [4, 3])
        let joined = try builder.step("joined", Concat(axis: 0), [known, builder.integers([-1], "rest")])
        #expect(try builder.graph.constant(joined)?.integers() == [4, 3, -1])
    }

    @Test func productsOfExtentsAreOneForm() throws {
        let (builder, x, shape) = Self.builder()
        let first = try builder.step("first", Gather(axis: 0), [shape, builder.integers([0, 1], "a")])
        let product = try builder.step("product", ReduceProduct(), [first, builder.integers([0], "axis")])
        let expected = PartialInteger.product(of: [.known(4), .extent(x, axis: 0)])
        #expect(try builder.partial(product) == [expected])
        // Multiplied in another order it's the same.
        let length = try builder.step("length", Gather(axis: 0), [shape, builder.integers([2], "b")])
        let one = try builder.step("one", Multiply(), [product, length])
        let batch = try builder.step("batch", Gather(axis: 0), [shape, builder.integers([0], "c")])
        let four = try builder.step("four", Multiply(), [length, builder.integers([4], "d")])
        let other = try builder.step("other", Multiply(), [four, batch])
        #expect(try builder.partial(one) == builder.partial(other) && builder.partial(one) != nil)
    }

    @Test func productsThatOverflowOrVanish() {
        let (_, x, _) = Self.builder()
        #expect(PartialInteger.product(of: [.known(.max), .known(2)]) == .unknown)
        #expect(PartialInteger.product(of: [.known(3), .unknown]) == .unknown)
        #expect(PartialInteger.product(of: [.known(0), .extent(x, axis: 0)]) == .known(0))
        #expect(PartialInteger.product(of: [.known(1), .extent(x, axis: 0)]) == .extent(x, axis: 0))
        #expect(PartialInteger.product(of: []) == .known(1))
        #expect(PartialInteger.known(5).value == 5 && PartialInteger.unknown.value == nil)
    }

    /// An extent kept in its place becomes 0, one other -1; with two others the shape stays as it was computed.
    @Test func reshapesBecomeConstant() throws {
        let (builder, x, shape) = Self.builder()
        func part(_ places: [Int], _ name: String) throws -> ValueID {
            try builder.step(name, Gather(axis: 0), [shape, builder.integers(places, "\(name)_places")])
        }
        let kept = try builder.step("kept", Concat(axis: 0), [part([0], "n"), builder.integers([-1, 6], "rest")])
        let (constant, allowsZero) = try builder.reshapeInput(kept, of: x)
        #expect(try builder.graph.constant(constant)?.integers() == [0, -1, 6] && !allowsZero)
        let moved = try builder.step("moved", Concat(axis: 0), [builder.integers([12], "twelve"), part([0], "n2")])
        let free = try builder.reshapeInput(moved, of: x).shape
        #expect(try builder.graph.constant(free)?.integers() == [12, -1])
        let two = try builder.step("two", Concat(axis: 0), [part([2], "l"), part([0], "n3")])
        #expect(try builder.reshapeInput(two, of: x).shape == two)
        // A known shape with a 0 means an extent of 0.
        #expect(try builder.reshapeInput(builder.integers([0, 3], "zero"), of: x).allowsZero)
    }

    @Test func whatAReshapeMadeIsRemembered() throws {
        let (builder, x, _) = Self.builder()
        let y = try builder.step("y", Reshape(), [x, builder.integers([-1, 3], "flat")])
        builder.noteExtents([.product(of: [.extent(x, axis: 0), .known(4)]), .known(3)], of: y)
        let extents = try #require(builder.extents(of: y))
        #expect(extents[1] == .known(3) && extents[0] == .product(of: [.known(4), .extent(x, axis: 0)]))
        builder.noteExtents([.known(-1), .known(3)], of: y)
        #expect(builder.extents(of: y)?[0] == .extent(y, axis: 0))
    }

    /// Numbers where the extent is fixed, nodes where it isn't; arithmetic on numbers is done at once.
    @Test func shapesAreMadeOfNumbersAndValues() throws {
        let (builder, x, _) = Self.builder()
        guard case .number(4) = try builder.extent(x, 1), case .value(let batch) = try builder.extent(x, 0) else {
            Issue.record("an extent is neither a number nor a value")
            return
        }
        guard case .number(7) = try builder.combine(Add(), .number(4), .number(3), "sum") else {
            Issue.record("numbers aren't added at once")
            return
        }
        guard case .value(let sum) = try builder.combine(Add(), .value(batch), .number(3), "more") else {
            Issue.record("a sum with a free extent can't be a number")
            return
        }
        builder.scope = "end"
        let vector = try builder.shapeVector([.value(sum), .number(2)], "shape")
        try builder.finish([("shape", vector)])
        let results = try builder.graph.evaluateReference(["x": Tensor(zeros: .f32, [5, 4, 1, 3])])
        #expect(try results["shape"]?.integers() == [8, 2])
    }

    /// Long vectors aren't followed: they're no shapes.
    @Test func longVectorsAreNotFollowed() throws {
        let (builder, _, _) = Self.builder()
        let short = try builder.integers(Array(0..<64), "short")
        let long = try builder.integers(Array(0..<65), "long")
        #expect(try builder.partial(short)?.count == 64 && builder.partial(long) == nil)
        let halves = builder.constant(try Tensor([0.5] as [Float]), "halves")
        #expect(try builder.partial(halves) == nil)
    }
}
