import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// A locally connected layer's weights as one matrix of all inputs and all outputs, as its implementations 2 (dense, of which only
/// windows count) and 3 (those of the windows, sorted by output and input) keep them.
struct LocalMatrix {
    private let call: LayerCall
    private let builder: KerasBuilder
    private let x: ValueID
    private let layout: ChannelLayout
    private let channels: Int
    private let filters: Int
    /// Spatial extents of the input and the output.
    private let inputs: [Int]
    private let outputs: [Int]
    private let kernel: [Int]
    private let strides: [Int]
    private let isSame: Bool

    /// The most elements of the matrix.
    private static let limit = 1 << 26

    /// - Parameter x: the input, channels first.
    init(_ call: LayerCall, _ x: ValueID, _ layout: ChannelLayout, _ builder: KerasBuilder) throws(OsteonError) {
        let rank = layout.spatialRank
        (self.call, self.builder, self.x, self.layout) = (call, builder, x, layout)
        channels = try builder.fixedExtent(x, 1)
        filters = try call.configuration.positive("filters", "nb_filter")
        kernel = try ConvolutionRules.kernelExtents(call, rank)
        strides = try call.configuration.extents("strides", rank: rank, default: Array(repeating: 1, count: rank))
        isSame = try call.configuration.string("padding", default: "valid") == "same"
        var inputs: [Int] = []
        var outputs: [Int] = []
        for axis in 0..<rank {
            let extent = try builder.fixedExtent(x, axis + 2)
            let span = isSame ? extent : extent - kernel[axis] + 1
            guard span > 0 else { throw OsteonError(.malformed, "Its kernel is longer than axis \(axis) of its input.") }
            inputs.append(extent)
            outputs.append((span - 1) / strides[axis] + 1)
        }
        (self.inputs, self.outputs) = (inputs, outputs)
    }

    /// - Returns: the product of the input and the matrix, channels first, and its spatial extents.
    func product(isSparse: Bool) throws(OsteonError) -> (ValueID, [Int]) {
        let rows = try Checked.multiply(channels, Checked.product(inputs))
        let columns = try Checked.multiply(filters, Checked.product(outputs))
        guard try Checked.multiply(rows, columns) <= Self.limit else {
            throw OsteonError(.limitExceeded, "A matrix of \(rows) × \(columns) weights.")
        }
        let places = try connections()
        let matrix = try isSparse ? scattered(places, rows, columns) : masked(places, rows, columns)
        let flat = try builder.step("row", Flatten(axis: 1), [layout.isChannelsLast ? call.input() : x])
        let row = builder.graph.type(flat).elementType == builder.graph.type(x).elementType ? flat : try builder.float(flat, call)
        let weight = builder.constant(try matrix.converted(to: builder.graph.type(x).elementType), "matrix")
        let product = try builder.step("product", MatMul(), [row, weight])
        let shape = layout.isChannelsLast ? outputs + [filters] : [filters] + outputs
        let y = try builder.step("places", Reshape(), [product, builder.integers([0] + shape, "places_shape")])
        return (try builder.channelsFirst(y, layout), outputs)
    }

    /// For each output place the input places of its window, in order.
    private func connections() throws(OsteonError) -> [[Int]] {
        var result: [[Int]] = []
        var position = Array(repeating: 0, count: outputs.count)
        for _ in 0..<(try Checked.product(outputs)) {
            var places = [0]
            for axis in outputs.indices {
                let left = kernel[axis] / 2
                let center = position[axis] * strides[axis] + (isSame ? 0 : left)
                let range = max(0, center - left)..<max(0, min(inputs[axis], center - left + kernel[axis]))
                places = places.flatMap { place in range.map { place * inputs[axis] + $0 } }
            }
            result.append(places)
            for axis in outputs.indices.reversed() {
                position[axis] += 1
                if position[axis] < outputs[axis] { break }
                position[axis] = 0
            }
        }
        return result
    }

    /// Calls `body` with the row and column of each weight there is, by output and input.
    private func visit(_ places: [[Int]], _ body: (_ row: Int, _ column: Int) -> Void) {
        let area = inputs.reduce(1, *)
        if layout.isChannelsLast {
            for (place, window) in places.enumerated() {
                for filter in 0..<filters {
                    for source in window { for channel in 0..<channels { body(source * channels + channel, place * filters + filter) } }
                }
            }
        } else {
            for filter in 0..<filters {
                for (place, window) in places.enumerated() {
                    for channel in 0..<channels { for source in window { body(channel * area + source, filter * places.count + place) } }
                }
            }
        }
    }

    private func masked(_ places: [[Int]], _ rows: Int, _ columns: Int) throws(OsteonError) -> Tensor {
        let shape =
            layout.isChannelsLast ? inputs + [channels] + outputs + [filters] : [channels] + inputs + [filters] + outputs
        let stored = try values(builder.variable("kernel", of: call, shape: shape, like: x))
        var matrix = [Float](repeating: 0, count: rows * columns)
        visit(places) { row, column in matrix[row * columns + column] = stored[row * columns + column] }
        return try Tensor(matrix, shape: [rows, columns])
    }

    private func scattered(_ places: [[Int]], _ rows: Int, _ columns: Int) throws(OsteonError) -> Tensor {
        let count = places.reduce(0) { $0 + $1.count } * filters * channels
        let stored = try values(builder.variable("kernel", of: call, shape: [count], like: x))
        var matrix = [Float](repeating: 0, count: rows * columns)
        var next = 0
        visit(places) { row, column in
            matrix[row * columns + column] = stored[next]
            next += 1
        }
        return try Tensor(matrix, shape: [rows, columns])
    }

    private func values(_ value: ValueID) throws(OsteonError) -> [Float] {
        guard let tensor = builder.graph.constant(value) else { throw OsteonError(.internalFault, "A variable that isn't constant.") }
        return try tensor.converted(to: .f32).array(Float.self)
    }
}
