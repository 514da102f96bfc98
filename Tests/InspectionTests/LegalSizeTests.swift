import Inspection
import TestSupport
import Testing

/// Small networks with known legal sizes and receptive fields.
enum Networks {
    /// `levels` stride-2 convolutions, as many ×2 transposed convolutions, each joined with its skip.
    static func unet(levels: Int, shape: [Dimension]) throws -> Graph {
        var graph = Graph(name: "unet")
        var x = graph.addInput("x", TensorType(.f32, shape))
        var skips: [ValueID] = []
        for level in 0..<levels {
            skips.append(x)
            x = try convolution(&graph, x, channels: 1, stride: 2, name: "down\(level)")
        }
        for level in (0..<levels).reversed() {
            var window = SpatialWindow()
            window.strides = [2]
            let weight = graph.addConstant("w_up\(level)", try Tensor([Float](repeating: 1, count: 2), shape: [1, 1, 2]))
            x = try graph.add(TransposedConvolution(window: window), [x, weight], name: "up\(level)")[0]
            x = try graph.add(Add(), [x, skips[level]], name: "join\(level)")[0]
        }
        graph.setOutputs([x])
        return graph
    }

    static func convolution(
        _ graph: inout Graph, _ x: ValueID, channels: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1, name: String
    ) throws -> ValueID {
        var window = SpatialWindow()
        window.strides = [stride]
        window.dilations = [dilation]
        window.pads = [dilation * (kernel / 2), dilation * (kernel / 2)]
        let weight = graph.addConstant(
            "w_\(name)", try Tensor([Float](repeating: 1, count: channels * channels * kernel), shape: [channels, channels, kernel]))
        return try graph.add(Convolution(window: window), [x, weight], name: name)[0]
    }
}

/// Numbers of layers that no integer holds.
@Suite struct HugeNumberTests {
    @Test func aFieldBeyondCountingIsntTold() throws {
        var graph = Graph(name: "g")
        var x = graph.addInput("x", TensorType(.f32, [1, 1, .free("W")]))
        for level in 0..<3 {
            var window = SpatialWindow(kernel: [3], strides: [1 << 30], dilations: [1 << 30])
            window.pads = [1 << 40, 1 << 40]
            x = try graph.add(MaxPool(window: window), [x], name: "pool\(level)")[0]
        }
        graph.setOutputs([x])
        let report = try GraphReport(graph)
        #expect(report.layers[0].receptiveField == [(2 << 30) + 1])
        #expect(report.layers[2].receptiveField == nil)
    }

    @Test func sumsBeyondCountingArentTold() throws {
        var graph = Graph(name: "g")
        let x = graph.addInput("x", TensorType(.i8, fixed: [1 << 31, 1 << 31]))
        let y = try graph.add(Concat(axis: 0), [x, x], name: "twice")[0]
        let parts = try graph.add(Split(axis: 1), [x], name: "parts", outputNames: ["a", "b"])
        let z = try graph.add(Concat(axis: 0), [x, x], name: "again")[0]
        graph.setOutputs([y, z] + parts)
        let report = try GraphReport(graph)
        #expect(report.peakActivationBytes == nil)
    }
}

@Suite struct LegalSizeTests {
    @Test(arguments: [1, 2, 3]) func skipsDemandMultiplesOfTheStrideProduct(levels: Int) throws {
        let graph = try Networks.unet(levels: levels, shape: [.free("N"), 1, .free("W")])
        let sizes = try LegalSizeSearch(graph, limit: 40).search()
        let width = try #require(sizes.first { $0.dimension == "W" })
        #expect(width.smallest == 1 << levels)
        #expect(width.step == 1 << levels)
        #expect(width.description == "multiples of \(1 << levels)")
        #expect(sizes.first { $0.dimension == "N" }?.step == 1)
    }

    @Test func smallestBindingKeepsTheBatchAtOne() throws {
        let graph = try Networks.unet(levels: 2, shape: [.free("N"), 1, .free("W")])
        let search = try LegalSizeSearch(graph)
        #expect(search.smallestBinding() == ["N": 1, "W": 4])
        #expect(search.smallestBinding(atLeast: 30) == ["N": 1, "W": 32])
        #expect(!search.isLegal(["N": 1, "W": 6]))
    }
}

@Suite struct LayerReportTests {
    @Test func countsWhatAConvolutionCosts() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, [1, 2, 10]))
        graph.setOutputs([try Networks.convolution(&graph, x, channels: 2, name: "conv")])
        let report = try GraphReport(graph)
        let layer = try #require(report.layers.first)
        #expect(layer.parameters == 2 * 2 * 3)
        #expect(layer.multiplyAccumulates == 2 * 2 * 3 * 10)
        #expect(layer.activationBytes == 2 * 10 * 4)
        #expect(report.parameterBytes == 48)
        #expect(report.peakActivationBytes == 160)
    }

    @Test func aFunctionOfEachElementTakesNoMemoryOfItsOwn() throws {
        var graph = Graph()
        let x = graph.addInput("x", TensorType(.f32, [1, 2, 10]))
        let y = try Networks.convolution(&graph, x, channels: 2, name: "conv")
        graph.setOutputs(try graph.add(Relu(), [y], name: "relu"))
        let report = try GraphReport(graph)
        #expect(report.layers.map(\.activationBytes) == [80, 80])
        #expect(report.peakActivationBytes == 160)
    }

    /// The receptive field of stacked dilated convolutions is 1 + Σ (k − 1) · d.
    @Test func receptiveFieldAddsUpOverDilationsAndStrides() throws {
        var graph = Graph()
        var x = graph.addInput("x", TensorType(.f32, [1, 1, 64]))
        for dilation in [1, 2, 4] { x = try Networks.convolution(&graph, x, channels: 1, dilation: dilation, name: "d\(dilation)") }
        x = try Networks.convolution(&graph, x, channels: 1, stride: 2, name: "s2")
        x = try Networks.convolution(&graph, x, channels: 1, name: "after")
        graph.setOutputs([x])
        let fields = try GraphReport(graph).layers.map(\.receptiveField)
        #expect(fields == [[3], [7], [15], [17], [21]])
    }

    /// A field past every number is no number.
    @Test func receptiveFieldsOfHugeStridesAreNotCounted() throws {
        var graph = Graph()
        var x = graph.addInput("x", TensorType(.f32, [1, 1, 64]))
        for level in 0..<30 { x = try Networks.convolution(&graph, x, channels: 1, stride: 1 << 40, name: "s\(level)") }
        graph.setOutputs([x])
        let fields = try GraphReport(graph).layers.map(\.receptiveField)
        #expect(fields[0] == [3] && fields[1] == [3 + 2 << 40] && fields[2...].allSatisfy { $0 == nil })
    }
}

@Suite struct GraphDifferenceTests {
    @Test func aGraphEqualsItself() throws {
        let graph = try Networks.unet(levels: 2, shape: [1, 1, 8])
        #expect(try GraphDifference(graph, graph).isEmpty)
    }

    @Test func namesWhatChanged() throws {
        let a = try Networks.unet(levels: 1, shape: [1, 1, 8])
        var b = Graph()
        let x = b.addInput("x", TensorType(.f32, [1, 1, 8]))
        var y = try Networks.convolution(&b, x, channels: 1, stride: 2, dilation: 2, name: "down0")
        y = try b.add(Relu(), [y], name: "extra")[0]
        b.setOutputs([y])
        let difference = try GraphDifference(a, b)
        #expect(difference.onlyInSecond.contains { $0.hasPrefix("extra") })
        #expect(difference.onlyInFirst.contains { $0.hasPrefix("up0") })
        #expect(difference.changed.first?.name == "down0")
        #expect(difference.changed.first?.changes.contains { $0.hasPrefix("dilations") } == true)
        #expect(!difference.interface.isEmpty)
    }

    @Test func measuresTheChangeOfWeights() throws {
        func graph(_ weight: Float) throws -> Graph {
            var graph = Graph()
            let x = graph.addInput("x", TensorType(.f32, [2]))
            let w = graph.addConstant("w", try Tensor([1, weight] as [Float]))
            graph.setOutputs(try graph.add(Add(), [x, w], name: "add"))
            return graph
        }
        let difference = try GraphDifference(graph(2), graph(4))
        #expect(difference.changed.count == 1)
        #expect(difference.changed.first?.weightChange == 0.5)
    }
}
