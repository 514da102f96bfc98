import Engine
import TestSupport
import Testing

/// Sizes no honest file has, through the whole plan: an error or the reference's result, never a trap.
@Suite struct HostileSizeTests {
    struct Attempt: Sendable, CustomStringConvertible {
        var name: String
        var op: any Operator
        var constants: [Sample?]

        init(_ name: String, _ op: any Operator, _ constants: [Sample?] = []) {
            self.name = name
            self.op = op
            self.constants = constants
        }

        var description: String { "\(type(of: op).id) \(name)" }
    }

    private static let huge = 1 << 40

    static let attempts: [Attempt] = [
        Attempt(
            "of a huge stride and pads",
            MaxPool(window: SpatialWindow(kernel: [1, 1], strides: [huge, huge], pads: [huge, huge, huge, huge]))),
        Attempt("of a huge dilation", MaxPool(window: SpatialWindow(kernel: [2, 2], dilations: [huge, huge], pads: [huge, huge, 0, 0]))),
        Attempt("of a huge kernel", AveragePool(window: SpatialWindow(kernel: [huge, 1], pads: [huge, 0, huge, 0]))),
        Attempt("of a tiny scale", Resize(mode: .nearest), [nil, .f32([1, 1, 1e-30, 1e-30]), .i64([1, 1, 2, 2])]),
        Attempt("of a scale that's no number", Resize(mode: .linear), [nil, .f32([1, 1, .nan, .infinity]), .i64([1, 1, 2, 2])]),
        Attempt(
            "of a huge dilation, same", Convolution(window: SpatialWindow(dilations: [65535, 1], autoPadding: .sameUpper)),
            [.f32([1, 1, 1], [1, 1, 3, 1])]),
        Attempt("of a huge stride", Convolution(window: SpatialWindow(strides: [huge, huge])), [.f32([1], [1, 1, 1, 1])]),
        Attempt("of huge strides", TransposedConvolution(window: SpatialWindow(strides: [huge, huge])), [.f32([1], [1, 1, 1, 1])]),
        Attempt("to nothing", Slice(), [.i64([0]), .i64([0]), .i64([2])]),
    ]

    @Test(arguments: attempts)
    func neverTraps(_ attempt: Attempt) throws {
        var graph = Graph(name: "g")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 1, 2, 2]))
        var inputs: [ValueID?] = [x]
        for (index, constant) in attempt.constants.enumerated() {
            inputs.append(try constant.map { graph.addConstant("c\(index)", try $0.tensor()) })
        }
        guard let y = try? graph.add(attempt.op, inputs, outputNames: ["y"]) else { return }
        graph.setOutputs(y)
        let feeds = ["x": try Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])]
        do {
            let got = try Session(Plan.make(graph: graph)).run(feeds)
            let wanted = try graph.evaluateReference(feeds)
            #expect(try got["y"]?.isIdentical(to: #require(wanted["y"])) == true)
        } catch is OsteonError {}
    }

    /// A tensor without elements may have extents whose product is beyond an integer.
    @Test(arguments: [Softmax(axis: 1) as any Operator, Relu(), GlobalAveragePool(), ReduceMean(), Transpose(permutation: [0, 3, 2, 1])])
    func nothingOfHugeExtentsNeverTraps(_ op: any Operator) throws {
        var graph = Graph(name: "g")
        let shape = [0, 1 << 40, 1 << 40, 4]
        let x = graph.addInput("x", TensorType(.f32, fixed: shape))
        guard let y = try? graph.add(op, [x], outputNames: ["y"]) else { return }
        graph.setOutputs(y)
        do {
            _ = try Session(Plan.make(graph: graph)).run(["x": Tensor(uninitialized: .f32, shape)])
        } catch is OsteonError {}
    }

    /// An arena beyond the budget isn't reserved.
    @Test func thePlansMemoryIsBudgeted() throws {
        var graph = Graph(name: "g")
        let x = graph.addInput("x", TensorType(.f32, fixed: [1, 1, 1, 1]))
        let shape = graph.addConstant("shape", try Tensor([1, 1, 2048, 2048] as [Int64]))
        let big = try graph.add(Expand(), [x, shape], outputNames: ["big"])[0]
        graph.setOutputs(try graph.add(ReduceSum(), [big], outputNames: ["y"]))
        let plan = try Plan.make(graph: graph)
        let feeds = ["x": try Tensor([2] as [Float], shape: [1, 1, 1, 1])]
        let code = errorCode { try MemoryBudget(limit: 8 << 20).with { () throws(OsteonError) in _ = try Session(plan).run(feeds) } }
        #expect(code == .limitExceeded)
        #expect(try Session(plan).run(feeds)["y"]?.array(Float.self) == [8_388_608])
    }

    /// One setting holds for every loop, whatever it asks for.
    @Test func theThreadLimitGoverns() {
        Threads.setLimit(1)
        #expect(Threads.resolve(nil) == 1 && Threads.resolve(64) == 1)
        Threads.setLimit(nil)
        #expect(Threads.resolve(3) == 3)
    }
}
