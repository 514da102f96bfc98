import Bytes
import GraphIR
import Operators
import Tensors
import Testing
import Workflows

/// Conversions of networks whose own input size would take long to compare at.
@Suite struct EconomicalCheckTests {
    /// Two convolutions of 64 channels at 128³: 230 G multiply-accumulates each.
    private func network(fixedBy reshape: Bool = false) throws -> Graph {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, [.fixed(1), .fixed(1), .fixed(128), .fixed(128), .fixed(128)]))
        func weight(_ name: String, _ shape: [Int]) throws -> ValueID {
            let count = shape.reduce(1, *)
            return graph.addConstant(name, try Tensor((0..<count).map { Float($0 % 7) * 0.01 - 0.03 }, shape: shape))
        }
        var op = Convolution()
        op.window.pads = [Int](repeating: 1, count: 6)
        let a = try graph.add(op, [x, weight("w1", [64, 1, 3, 3, 3])], outputNames: ["a"])[0]
        let b = try graph.add(op, [a, weight("w2", [64, 64, 3, 3, 3])], outputNames: ["b"])[0]
        var y = try graph.add(Relu(), [b], outputNames: ["y"])[0]
        if reshape {
            let shape = graph.addConstant("shape", try Tensor([1, 64, 128 * 128 * 128] as [Int64], shape: [3]))
            y = try graph.add(Reshape(), [y, shape], outputNames: ["flat"])[0]
        }
        graph.setOutputs([y])
        return graph
    }

    @Test func comparesAtASmallerSize() throws {
        let graph = try network()
        let smaller = try #require(EconomicalShapes.smaller(than: ["x": [1, 1, 128, 128, 128]], graph, graph))
        let shape = try #require(smaller["x"])
        #expect(shape.prefix(2) == [1, 1])
        #expect(shape[2...4].allSatisfy { $0 >= 8 && $0 <= 32 })
    }

    @Test func keepsASizeThatCostsLittle() throws {
        let graph = try network()
        #expect(EconomicalShapes.smaller(than: ["x": [1, 1, 16, 16, 16]], graph, graph) == nil)
    }

    @Test func keepsASizeThatTheGraphIsBoundTo() throws {
        let graph = try network(fixedBy: true)
        #expect(EconomicalShapes.smaller(than: ["x": [1, 1, 128, 128, 128]], graph, graph) == nil)
    }
}
