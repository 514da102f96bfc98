import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Convolutions with a kernel of its own at each place.
enum LocallyConnectedRules {
    static let table: [String: LayerRule] = [
        "LocallyConnected1D": LayerRules.rule(1, connected), "LocallyConnected2D": LayerRules.rule(2, connected),
    ]

    /// The most elements of the convolution that collects the windows.
    private static let limit = 1 << 24

    private static func connected(_ call: LayerCall, _ builder: KerasBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try call.configuration.layout(spatialRank: rank)
        let x = try builder.spatialInput(builder.float(call.input(), call), layout)
        let implementation = try call.configuration.int("implementation", default: 1)
        let (y, places) =
            try implementation == 1
            ? byWindows(x, layout, call, builder) : LocalMatrix(call, x, layout, builder).product(isSparse: implementation == 3)
        return [try finished(y, places, layout, call, builder)]
    }

    /// Each window in a row, times the matrix of its place. A row has a window's elements in the order of the layer's own layout.
    /// - Returns: the result, channels first, and its spatial extents.
    private static func byWindows(
        _ x: ValueID, _ layout: ChannelLayout, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> (ValueID, [Int]) {
        let rank = layout.spatialRank
        let channels = try builder.fixedExtent(x, 1)
        let kernel = try ConvolutionRules.kernelExtents(call, rank)
        let filters = try call.configuration.positive("filters", "nb_filter")
        var op = Convolution()
        op.window = try ConvolutionRules.window(call, kernel, builder.dialect)
        let collector = try collector(channels, kernel, layout).converted(to: builder.graph.type(x).elementType)
        let windows = try builder.step("windows", op, [x, builder.constant(collector, "collector")])
        var places: [Int] = []
        for axis in 2..<rank + 2 { places.append(try builder.fixedExtent(windows, axis)) }
        let count = try Checked.product(places)
        let size = try Checked.multiply(channels, Checked.product(kernel))
        let rows = try builder.step("rows", Reshape(), [windows, builder.integers([0, size, count], "rows_shape")])
        let weight = try builder.variable("kernel", of: call, shape: [count, size, filters], like: x)
        let product = try builder.step("product", Einsum(equation: "nkp,pkf->nfp"), [rows, weight])
        return (try builder.step("places", Reshape(), [product, builder.integers([0, filters] + places, "places_shape")]), places)
    }

    private static func finished(
        _ y: ValueID, _ places: [Int], _ layout: ChannelLayout, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        let rank = layout.spatialRank
        let filters = try builder.fixedExtent(y, 1)
        var y = y
        if try call.configuration.bool("use_bias", "bias", default: true) {
            let stored = try builder.variable("bias", of: call, shape: places + [filters], like: y)
            // Channels first it's read in another shape, not turned.
            let bias =
                layout.isChannelsLast
                ? try builder.permuted(stored, [rank] + Array(0..<rank)) : try builder.reshaped(stored, [filters] + places, "bias")
            y = try builder.step("biased", Add(), [y, bias])
        }
        return try builder.activated(y, call, layout)
    }

    /// A convolution's weight that gives each element of a window a channel.
    private static func collector(_ channels: Int, _ kernel: [Int], _ layout: ChannelLayout) throws(OsteonError) -> Tensor {
        let area = try Checked.product(kernel)
        let size = try Checked.multiply(channels, area)
        guard try Checked.multiply(size, size) <= limit else { throw OsteonError(.limitExceeded, "Windows of \(size) elements.") }
        var values = [Float](repeating: 0, count: size * size)
        for channel in 0..<channels {
            for place in 0..<area {
                let row = layout.isChannelsLast ? place * channels + channel : channel * area + place
                values[row * size + channel * area + place] = 1
            }
        }
        return try Tensor(values, shape: [size, channels] + kernel)
    }
}
