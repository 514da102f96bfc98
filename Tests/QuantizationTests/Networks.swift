import Bytes
import Engine
import GraphIR
import Operators
import Quantization
import Tensors
import Verification

/// Small networks to reduce.
enum Networks {
    /// x ─ conv1(relu) ─┬─ conv2 ─ norm ─ pool ─┐
    ///                  └─ stride conv3 ─────────┴ concat ─ conv4 ─ softmax
    static func residual(scale: Float = 1) throws -> Graph {
        var graph = Graph(name: "net")
        var seeded = SeededInput(seed: 3)
        func weights(_ name: String, _ shape: [Int], _ graph: inout Graph, by factor: Float = 1) throws -> ValueID {
            // Each channel a little wider than the one before, outputs of the size of inputs.
            let tensor = try seeded.tensor(.f32, shape)
            let width = tensor.count / shape[0]
            let values = try tensor.array(Float.self).enumerated().map { index, value in
                value * factor * (1 + Float(index / width) / Float(shape[0])) / Float(width).squareRoot()
            }
            return graph.addConstant(name, try Tensor(values, shape: shape))
        }
        let x = graph.addInput("x", TensorType(.f32, [.fixed(1), .fixed(2), .free("D"), .free("H"), .free("W")]))
        let window = SpatialWindow(pads: [1, 1, 1, 1, 1, 1])
        let halving = SpatialWindow(strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1])
        let w1 = try weights("w1", [6, 2, 3, 3, 3], &graph, by: scale)
        let b1 = try weights("b1", [6], &graph)
        let linear = try graph.add(Convolution(window: window), [x, w1, b1], name: "conv1", outputNames: ["linear"])[0]
        let a = try graph.add(Relu(), [linear], name: "relu1", outputNames: ["a"])[0]
        let w2 = try weights("w2", [5, 6, 3, 3, 3], &graph)
        let b = try graph.add(Convolution(window: window), [a, w2], name: "conv2", outputNames: ["b"])[0]
        let ones = graph.addConstant("ones", try Tensor([Float](repeating: 1, count: 5)))
        let zeros = graph.addConstant("zeros", try Tensor([Float](repeating: 0, count: 5)))
        let n = try graph.add(InstanceNormalization(), [b, ones, zeros], name: "norm", outputNames: ["n"])[0]
        let p = try graph.add(
            MaxPool(window: SpatialWindow(kernel: [2, 2, 2], strides: [2, 2, 2])), [n], name: "pool", outputNames: ["p"])[0]
        let w3 = try weights("w3", [4, 6, 3, 3, 3], &graph)
        let c = try graph.add(Convolution(window: halving), [a, w3], name: "conv3", outputNames: ["c"])[0]
        let joined = try graph.add(Concat(axis: 1), [p, c], name: "concat", outputNames: ["joined"])[0]
        let w4 = try weights("w4", [3, 9, 1, 1, 1], &graph)
        let b4 = try weights("b4", [3], &graph)
        let logits = try graph.add(Convolution(window: SpatialWindow()), [joined, w4, b4], name: "conv4", outputNames: ["logits"])[0]
        let y = try graph.add(Softmax(axis: 1), [logits], name: "softmax", outputNames: ["y"])[0]
        graph.setOutputs([y, logits])
        return graph
    }

    static func samples(_ count: Int = 3, channels: Int = 2, first: Int = 1) -> Samples {
        Samples(names: (0..<count).map { "noise \($0 + first)" }) { (index) throws(OsteonError) in
            var seeded = SeededInput(seed: UInt64(index + first))
            return ["x": try seeded.tensor(.f32, [1, channels, 8, 6, 4])]
        }
    }

    /// A network of one product between `x` and `y`.
    static func single(_ input: TensorType, _ build: (inout Graph, ValueID) throws -> ValueID) throws -> Graph {
        var graph = Graph(name: "single")
        let x = graph.addInput("x", input)
        graph.setOutputs([try build(&graph, x)])
        return graph
    }

    static func run(_ graph: Graph, _ inputs: [String: Tensor]) throws -> [String: Tensor] { try graph.evaluateReference(inputs) }
}
