import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Builds a network's graph with the weights of a state dict, and keeps account of which were taken.
///
/// A parameter that's missing or has another shape is noted and stands in the graph as an input of the shape wanted, so that
/// all of them can be listed at once and none takes memory.
package final class NetworkBuilder: ImportBuilder {
    let weights: StateDict
    /// The number of spatial axes.
    let rank: Int
    private(set) var missing: [String] = []
    private(set) var misshapen: [String] = []
    /// Element types that were widened or narrowed to `f32`.
    private(set) var converted: Set<ElementType> = []
    private var parameters: [UTF8Name: ValueID] = [:]

    private let readsWeights: Bool

    /// - Parameter readsWeights: whether parameters become constants; otherwise inputs of their shapes stand for them.
    init(name: String, rank: Int, weights: StateDict, readsWeights: Bool = true) {
        self.readsWeights = readsWeights
        self.rank = rank
        self.weights = weights
        super.init(name: name)
    }

    // MARK: Parameters

    /// The parameter `name`, whose shape has to be `shape`, as `f32`.
    func parameter(_ name: String, _ shape: [Int]) throws(OsteonError) -> ValueID {
        if let known = parameters[UTF8Name(name)] { return known }
        let id: ValueID
        if let entry = weights[name], entry.shape == shape, entry.elementType.isFloat {
            if entry.elementType != .f32 { converted.insert(entry.elementType) }
            id =
                readsWeights
                ? graph.addConstant(name, try entry.load().converted(to: .f32)) : graph.addInput(name, TensorType(.f32, fixed: shape))
        } else {
            if let entry = weights[name] {
                misshapen.append("\(name) is \(TensorType(entry.elementType, fixed: entry.shape)), not \(TensorType(.f32, fixed: shape))")
            } else {
                missing.append(name)
            }
            id = graph.addInput(name, TensorType(.f32, fixed: shape))
        }
        parameters[UTF8Name(name)] = id
        return id
    }

    func hasTaken(_ name: String) -> Bool { parameters[UTF8Name(name)] != nil }

    /// A vector of equal numbers, where a layer has no parameters of its own.
    private func vector(_ value: Float, _ count: Int, _ part: String) throws(OsteonError) -> ValueID {
        constant(try Tensor([Float](budgeted: value, count: count)), part)
    }

    // MARK: Values

    /// The channels of a value, which are always known here.
    func channels(_ value: ValueID) throws(OsteonError) -> Int {
        guard let shape = graph.type(value).shape, shape.count > 1, let channels = shape[1].fixed else {
            throw OsteonError(.internalFault, "The channels of \(graph[value].name) aren't known.")
        }
        return channels
    }

    /// Adds an operator whose output is named after the module `path`.
    func module(_ path: String, _ op: any Operator, _ inputs: [ValueID?]) throws(OsteonError) -> ValueID {
        scope = path
        return try result(op, inputs)
    }

    func sum(_ a: ValueID, _ b: ValueID, _ path: String) throws(OsteonError) -> ValueID { try module(path, Add(), [a, b]) }

    func concatenated(_ values: [ValueID], _ path: String) throws(OsteonError) -> ValueID {
        try module(path, Concat(axis: 1), values)
    }

    // MARK: Convolutions

    /// `torch.nn.ConvNd`: symmetric padding.
    func convolution(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], strides: [Int]? = nil, padding: [Int], dilation: Int = 1,
        hasBias: Bool
    ) throws(OsteonError) -> ValueID {
        let weight = try parameter("\(path).weight", [channels, self.channels(x)] + kernel)
        let bias = hasBias ? try parameter("\(path).bias", [channels]) : nil
        let window = SpatialWindow(
            kernel: kernel, strides: strides ?? [], dilations: dilation == 1 ? [] : [Int](repeating: dilation, count: rank),
            pads: padding + padding)
        return try module(path, Convolution(window: window), [x, weight, bias])
    }

    /// `torch.nn.ConvNd` over single places.
    func pointwise(_ x: ValueID, _ path: String, to channels: Int, stride: Int = 1, hasBias: Bool) throws(OsteonError) -> ValueID {
        try convolution(x, path, to: channels, kernel: all(1), strides: all(stride), padding: all(0), hasBias: hasBias)
    }

    /// `torch.nn.ConvTransposeNd`.
    func transposedConvolution(
        _ x: ValueID, _ path: String, to channels: Int, kernel: [Int], strides: [Int], padding: [Int]? = nil,
        outputPadding: [Int] = [], groups: Int = 1, hasBias: Bool
    ) throws(OsteonError) -> ValueID {
        let weight = try parameter("\(path).weight", [self.channels(x), channels / groups] + kernel)
        let bias = hasBias ? try parameter("\(path).bias", [channels]) : nil
        let padding = padding ?? all(0)
        let window = SpatialWindow(kernel: kernel, strides: strides, pads: padding + padding)
        let op = TransposedConvolution(
            window: window, groups: groups, outputPadding: outputPadding.allSatisfy { $0 == 0 } ? [] : outputPadding)
        return try module(path, op, [x, weight, bias])
    }

    /// `value` for each spatial axis.
    func all(_ value: Int) -> [Int] { [Int](repeating: value, count: rank) }

    // MARK: Pooling and linear layers

    func maximumPool(_ x: ValueID, _ path: String, kernel: [Int], strides: [Int], padding: [Int]? = nil) throws(OsteonError) -> ValueID {
        let padding = padding ?? all(0)
        return try module(path, MaxPool(window: SpatialWindow(kernel: kernel, strides: strides, pads: padding + padding)), [x])
    }

    func averagePool(_ x: ValueID, _ path: String, kernel: [Int], strides: [Int]) throws(OsteonError) -> ValueID {
        try module(path, AveragePool(window: SpatialWindow(kernel: kernel, strides: strides)), [x])
    }

    /// The mean over all places of each channel, as `N × C`.
    func pooledFeatures(_ x: ValueID, _ path: String) throws(OsteonError) -> ValueID {
        let pooled = try module(path, GlobalAveragePool(), [x])
        return try step("flatten", Flatten(axis: 1), [pooled])
    }

    /// `torch.nn.Linear` on `N × C`.
    func linear(_ x: ValueID, _ path: String, to channels: Int) throws(OsteonError) -> ValueID {
        let weight = try parameter("\(path).weight", [channels, self.channels(x)])
        return try module(path, Gemm(transposeB: true), [x, weight, parameter("\(path).bias", [channels])])
    }

    // MARK: Normalisation and activation

    func normalization(_ x: ValueID, _ path: String, _ layer: NormalizationLayer) throws(OsteonError) -> ValueID {
        let channels = try channels(x)
        scope = path
        switch layer {
        case .none: return x
        case .batch(let epsilon, let isAffine, let hasStatistics, let given),
            .instance(let epsilon, let isAffine, let hasStatistics, let given):
            try check(given, channels, path)
            let affine = try affine(path, channels, isAffine)
            guard hasStatistics else {
                if case .batch = layer {
                    throw OsteonError(
                        .unsupported,
                        "A batch normalisation (\(path)) without statistics of its own normalises by the batch; that isn't read.")
                }
                return try module(path, InstanceNormalization(epsilon: epsilon), [x, affine.scale, affine.bias])
            }
            let mean = try parameter("\(path).running_mean", [channels])
            let variance = try parameter("\(path).running_var", [channels])
            return try module(path, BatchNormalization(epsilon: epsilon), [x, affine.scale, affine.bias, mean, variance])
        case .group(let count, let epsilon, let isAffine, let given):
            try check(given, channels, path)
            guard channels.isMultiple(of: count) else {
                throw OsteonError(.usage, "The \(channels) channels of \(path) don't make \(count) groups.")
            }
            let affine = try affine(path, channels, isAffine)
            return try module(path, GroupNormalization(groups: count, epsilon: epsilon), [x, affine.scale, affine.bias])
        }
    }

    func batchNormalization(_ x: ValueID, _ path: String) throws(OsteonError) -> ValueID {
        try normalization(x, path, .batch(epsilon: 1e-5, isAffine: true, hasStatistics: true, channels: nil))
    }

    private func check(_ given: Int?, _ channels: Int, _ path: String) throws(OsteonError) {
        guard given == nil || given == channels else {
            throw OsteonError(.usage, "The normalisation \(path) is configured for \(given ?? 0) channels and gets \(channels).")
        }
    }

    private func affine(_ path: String, _ channels: Int, _ isAffine: Bool) throws(OsteonError) -> (scale: ValueID, bias: ValueID) {
        guard isAffine else { return (try vector(1, channels, "scale"), try vector(0, channels, "bias")) }
        return (try parameter("\(path).weight", [channels]), try parameter("\(path).bias", [channels]))
    }

    func activation(_ x: ValueID, _ path: String, _ layer: ActivationLayer) throws(OsteonError) -> ValueID {
        scope = path
        switch layer {
        case .none: return x
        case .relu: return try result(Relu(), [x])
        case .relu6: return try result(Clip(), [x, scalar(0, like: x, "minimum"), scalar(6, like: x, "maximum")])
        case .selu: return try result(Selu(), [x])
        case .sigmoid: return try result(Sigmoid(), [x])
        case .tanh: return try result(Tanh(), [x])
        case .mish: return try result(Mish(), [x])
        case .leakyRelu(let slope): return try result(LeakyRelu(alpha: slope), [x])
        case .elu(let alpha): return try result(Elu(alpha: alpha), [x])
        case .celu(let alpha): return try result(Celu(alpha: alpha), [x])
        case .swish(let alpha): return try result(Swish(alpha: alpha), [x])
        case .gelu(let isApproximate): return try result(Gelu(approximation: isApproximate ? .tanh : .none), [x])
        case .softmax(let axis): return try result(Softmax(axis: axis), [x])
        case .logSoftmax(let axis): return try result(LogSoftmax(axis: axis), [x])
        case .prelu(let count):
            let channels = try channels(x)
            guard count == 1 || count == channels else {
                throw OsteonError(.usage, "The PReLU \(path) has \(count) slopes for \(channels) channels.")
            }
            let slope = try parameter("\(path).weight", [count])
            // One slope broadcasts as it is; one a channel needs the spatial axes behind it.
            return try result(PRelu(), [x, count == 1 ? slope : reshaped(slope, [count] + all(1), "slope")])
        }
    }
}
