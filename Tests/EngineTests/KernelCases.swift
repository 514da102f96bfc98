import Engine
import TestSupport
import Testing

/// One node that a kernel should take, with inputs made up from a seed.
struct KernelCase: Sendable, CustomTestStringConvertible {
    var name: String
    var op: any Operator
    var inputs: [Sample?]
    /// Which inputs are constants of the graph.
    var constants: Set<Int>
    var outputCount = 1
    /// An activation behind the node, which its kernel takes in.
    var activation: Activation?

    struct Activation: Sendable {
        var op: any Operator
        var constants: [Double] = []

        static let relu = Activation(op: Relu())

        /// Adds it to a graph whose node makes `value`.
        func add(to graph: inout Graph, behind value: ValueID, outputName: String) throws -> ValueID {
            let type = graph.type(value).elementType
            let bounds = try constants.enumerated().map { graph.addConstant("bound\($0)", try Sample.scalar(type, $1).tensor()) }
            return try graph.add(op, [value] + bounds, name: "activation", outputNames: [outputName])[0]
        }
    }

    init(
        _ name: String, _ op: any Operator, _ inputs: [Sample?], constants: Set<Int> = [], outputCount: Int = 1,
        activation: Activation? = nil
    ) {
        self.name = name
        self.op = op
        self.inputs = inputs
        self.constants = constants
        self.outputCount = outputCount
        self.activation = activation
    }

    var testDescription: String { "\(type(of: op).id) \(name)" }

    func graph() throws -> Graph {
        var graph = Graph(name: name)
        var arguments: [ValueID?] = []
        for (index, sample) in inputs.enumerated() {
            guard let tensor = try sample?.tensor() else {
                arguments.append(nil)
                continue
            }
            let isConstant = constants.contains(index)
            arguments.append(isConstant ? graph.addConstant("c\(index)", tensor) : graph.addInput("x\(index)", tensor.type))
        }
        var outputs = try graph.add(op, arguments, name: "node", outputNames: (0..<outputCount).map { "y\($0)" })
        if let activation { outputs = [try activation.add(to: &graph, behind: outputs[0], outputName: "active")] }
        graph.setOutputs(outputs)
        return graph
    }

    func feeds() throws -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (index, sample) in inputs.enumerated() where !constants.contains(index) {
            if let sample { result["x\(index)"] = try sample.tensor() }
        }
        return result
    }
}

/// What every kernel is held to; a kernel without a case fails `everyKernelHasACase`.
enum KernelCases {
    static let all: [KernelCase] = floats + copies + quantized + wholeNumbers + bytes + halves
    static let floats: [KernelCase] = convolutions + transposed + products + normalizations + pools + reductions + resizes + elementwise

    private static func noise(_ shape: [Int], _ seed: UInt64 = 1) -> Sample { .noise(.f32, shape, seed: seed) }
    /// Noise between 0.2 and 2.2, for variances and logarithms.
    private static func positive(_ shape: [Int]) -> Sample {
        .f32((0..<shape.reduce(1, *)).map { 0.2 + Double($0 * 7919 % 1000) / 500 }, shape)
    }

    private static func conv(
        _ name: String, _ x: [Int], _ weight: [Int], strides: [Int] = [], dilations: [Int] = [], pads: [Int] = [], groups: Int = 1,
        auto: AutoPadding = .explicit, activation: KernelCase.Activation? = nil, bias: Bool = true
    ) -> KernelCase {
        let window = SpatialWindow(strides: strides, dilations: dilations, pads: pads, autoPadding: auto)
        return KernelCase(
            name, Convolution(window: window, groups: groups), [noise(x), noise(weight, 2), bias ? noise([weight[0]], 3) : nil],
            constants: [1, 2], activation: activation)
    }

    static let convolutions: [KernelCase] = [
        conv("3×3×3", [1, 3, 6, 7, 9], [5, 3, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
        conv("batch of 2", [2, 3, 4, 5, 6], [4, 3, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
        conv("wide rows", [1, 2, 3, 4, 131], [9, 2, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1], activation: .relu),
        conv("even kernel, uneven pads", [1, 2, 5, 6, 7], [3, 2, 2, 4, 2], pads: [0, 1, 1, 1, 2, 0]),
        conv("stride 2", [1, 4, 9, 10, 11], [17, 4, 3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1]),
        conv("strides 3, 1, 2", [1, 2, 9, 6, 11], [3, 2, 3, 2, 5], strides: [3, 1, 2], pads: [1, 0, 2, 1, 1, 2]),
        conv("stride past the kernel", [1, 2, 7, 8, 9], [3, 2, 1, 1, 1], strides: [2, 2, 2]),
        conv("dilation 2", [1, 3, 8, 9, 10], [5, 3, 3, 3, 3], dilations: [2, 2, 2], pads: [2, 2, 2, 2, 2, 2]),
        conv("dilation 4 beyond the input", [1, 2, 5, 6, 20], [2, 2, 3, 3, 3], dilations: [4, 4, 4], pads: [4, 4, 4, 4, 4, 4]),
        conv(
            "dilation and stride", [1, 2, 9, 12, 14], [3, 2, 2, 3, 3], strides: [2, 1, 3], dilations: [2, 3, 2], pads: [1, 2, 2, 1, 2, 2]),
        conv("1×1×1", [1, 21, 3, 5, 7], [10, 21, 1, 1, 1]),
        conv("1×1×1 long", [1, 4, 9, 20, 31], [3, 4, 1, 1, 1], activation: .init(op: LeakyRelu(alpha: 0.1))),
        conv("1×1×3", [1, 4, 5, 6, 7], [6, 4, 1, 1, 3], pads: [0, 0, 1, 0, 0, 1]),
        conv("3×3×1", [1, 4, 5, 6, 7], [6, 4, 3, 3, 1], pads: [1, 1, 0, 1, 1, 0]),
        conv("3×1×1", [1, 4, 5, 6, 7], [6, 4, 3, 1, 1], pads: [1, 0, 0, 1, 0, 0]),
        conv("2D 7×7 stride 2", [1, 3, 30, 31], [12, 3, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3]),
        conv("2D SAME", [1, 3, 10, 13], [4, 3, 3, 3], strides: [2, 2], auto: .sameUpper),
        conv("1D", [2, 3, 50], [4, 3, 5], pads: [2, 2], activation: .init(op: Sigmoid())),
        conv("groups", [1, 6, 4, 5, 6], [9, 2, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1], groups: 3),
        conv("depthwise", [1, 7, 6, 20], [7, 1, 3, 3], pads: [1, 1, 1, 1], groups: 7, activation: .init(op: Elu(alpha: 0.7))),
        conv("depthwise twice", [1, 4, 9, 9], [8, 1, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], groups: 4, bias: false),
        conv("many filters, few places", [1, 96, 3, 3, 3], [130, 96, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
        conv("clip", [1, 3, 8, 33], [5, 3, 3, 3], pads: [1, 1, 1, 1], activation: .init(op: Clip(), constants: [-0.25, 0.5])),
        conv("swish", [1, 3, 8, 33], [6, 3, 3, 3], pads: [1, 1, 1, 1], activation: .init(op: Swish())),
        conv("7 filters", [1, 2, 4, 4, 60], [7, 2, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
        conv("2 filters", [1, 2, 4, 4, 150], [2, 2, 3, 3, 3], pads: [1, 1, 1, 1, 1, 1]),
    ]

    private static func up(
        _ name: String, _ x: [Int], _ weight: [Int], strides: [Int], pads: [Int] = [], extra: [Int] = [], dilations: [Int] = [],
        groups: Int = 1, activation: KernelCase.Activation? = nil
    ) -> KernelCase {
        let window = SpatialWindow(strides: strides, dilations: dilations, pads: pads)
        let op = TransposedConvolution(window: window, groups: groups, outputPadding: extra)
        return KernelCase(
            name, op, [noise(x), noise(weight, 2), noise([weight[1] * groups], 3)], constants: [1, 2], activation: activation)
    }

    static let transposed: [KernelCase] = [
        up("2×2×2 by 2", [1, 5, 3, 4, 5], [5, 6, 2, 2, 2], strides: [2, 2, 2]),
        up("3×3×3 by 2", [1, 4, 4, 5, 6], [4, 3, 3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1], extra: [1, 1, 1]),
        up("3×3×3 by 2, odd outputs", [2, 4, 4, 5, 6], [4, 9, 3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1]),
        up("by 1", [1, 3, 4, 5, 6], [3, 4, 3, 3, 3], strides: [1, 1, 1], pads: [1, 1, 1, 1, 1, 1], activation: .relu),
        up("strides 3, 1, 4", [1, 3, 4, 5, 6], [3, 4, 2, 3, 5], strides: [3, 1, 4], pads: [0, 1, 1, 0, 1, 1]),
        up("gaps: kernel under stride", [1, 3, 4, 5], [3, 4, 1, 2], strides: [2, 3]),
        up("dilated", [1, 2, 5, 6], [2, 3, 3, 3], strides: [2, 1], pads: [1, 2, 1, 2], dilations: [2, 3]),
        up("groups", [1, 6, 5, 6], [6, 2, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], extra: [1, 1], groups: 3),
        up("1D sigmoid", [1, 3, 40], [3, 2, 4], strides: [2], pads: [1, 1], activation: .init(op: Sigmoid())),
    ]

    static let products: [KernelCase] = [
        KernelCase("matrices", MatMul(), [noise([7, 33]), noise([33, 50], 2)]),
        KernelCase("batches", MatMul(), [noise([3, 1, 5, 9]), noise([4, 9, 17], 2)]),
        KernelCase("many heads", MatMul(), [noise([2, 8, 19, 16]), noise([2, 8, 16, 23], 2)]),
        KernelCase("vector left", MatMul(), [noise([300]), noise([300, 21], 2)]),
        KernelCase("vector right", MatMul(), [noise([21, 300]), noise([300], 2)]),
        KernelCase("wide", MatMul(), [noise([5, 600]), noise([600, 700], 2)], constants: [1]),
        KernelCase("classifier", Gemm(transposeB: true), [noise([2, 70]), noise([15, 70], 2), noise([15], 3)], constants: [1, 2]),
        KernelCase("transposed left", Gemm(alpha: 0.5, transposeA: true), [noise([70, 3]), noise([70, 15], 2), noise([3, 1], 3)]),
        KernelCase("without c", Gemm(), [noise([9, 20]), noise([20, 100], 2)]),
    ]

    static let normalizations: [KernelCase] = [
        KernelCase(
            "batch", BatchNormalization(), [noise([2, 5, 3, 4, 7]), noise([5], 2), noise([5], 3), noise([5], 4), positive([5])],
            constants: [1, 2, 3, 4]),
        KernelCase("instance", InstanceNormalization(), [noise([2, 5, 3, 4, 7]), noise([5], 2), noise([5], 3)]),
        KernelCase("instance of blocks", InstanceNormalization(), [noise([1, 2, 30, 40, 37]), noise([2], 2), noise([2], 3)]),
        KernelCase("group", GroupNormalization(groups: 2), [noise([2, 6, 3, 4, 7]), noise([6], 2), noise([6], 3)]),
        KernelCase("layer", LayerNormalization(), [noise([3, 5, 37]), noise([37], 2), noise([37], 3)]),
        KernelCase("layer over two axes", LayerNormalization(axis: 1), [noise([3, 5, 37]), noise([5, 37], 2), nil]),
        KernelCase("last axis", Softmax(), [noise([3, 5, 37])]),
        KernelCase("channels", Softmax(axis: 1), [noise([2, 5, 3, 41])]),
        KernelCase("channels", LogSoftmax(axis: 1), [noise([2, 5, 3, 41])]),
        KernelCase("last axis", LogSoftmax(), [noise([3, 1100])]),
    ]

    private static func window(_ kernel: [Int], _ strides: [Int], _ pads: [Int], dilations: [Int] = []) -> SpatialWindow {
        SpatialWindow(kernel: kernel, strides: strides, dilations: dilations, pads: pads)
    }

    static let pools: [KernelCase] = [
        KernelCase("2×2×2", MaxPool(window: window([2, 2, 2], [2, 2, 2], [])), [noise([2, 3, 6, 8, 10])]),
        KernelCase("3×3 by 2", MaxPool(window: window([3, 3], [2, 2], [1, 1, 1, 1])), [noise([1, 3, 11, 12])]),
        KernelCase("ceil", MaxPool(window: window([3], [2], [0, 0]), ceilMode: true), [noise([1, 3, 12])]),
        KernelCase("dilated", MaxPool(window: window([2, 3], [1, 1], [1, 0, 0, 2], dilations: [2, 3])), [noise([1, 2, 9, 12])]),
        KernelCase("2×2", AveragePool(window: window([2, 2], [2, 2], [])), [noise([1, 3, 8, 10])]),
        KernelCase("padded", AveragePool(window: window([3, 3, 3], [1, 2, 1], [1, 1, 1, 1, 1, 1])), [noise([1, 3, 4, 5, 6])]),
        KernelCase(
            "padding counts", AveragePool(window: window([3, 3], [2, 2], [1, 1, 1, 1]), ceilMode: true, countIncludePadding: true),
            [noise([1, 3, 8, 9])]),
    ]

    private static func reduce<Op: Operator>(_ type: Op.Type, _ attributes: [String: AttributeValue] = [:]) -> any Operator {
        (try? type.decode(attributes)) ?? Relu()
    }

    static let reductions: [KernelCase] = [
        KernelCase("3D", GlobalAveragePool(), [noise([2, 3, 4, 5, 6])]),
        KernelCase("3D", GlobalMaxPool(), [noise([2, 3, 4, 5, 6])]),
        KernelCase("last two", ReduceMean(), [noise([2, 3, 40, 50]), .i64([-1, 2])], constants: [1]),
        KernelCase("all", ReduceSum(), [noise([2, 3, 40])]),
        KernelCase("last", ReduceMaximum(), [noise([2, 3, 40]), .i64([2])], constants: [1]),
        KernelCase("channels", reduce(ArgMax.self, ["axis": .int(1)]), [noise([2, 4, 3, 700])]),
        KernelCase(
            "ties, the last", reduce(ArgMax.self, ["axis": .int(-1), "select_last_index": .bool(true)]),
            [.f32([1, 3, 3, 0, 2, 2, 1, 2], [2, 4])]),
    ]

    static let resizes: [KernelCase] = {
        var cases: [KernelCase] = []
        let scales: Sample = .f32([1, 1, 2, 2, 2])
        for mode in [Resize.CoordinateTransformation.halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric] {
            cases.append(
                KernelCase(
                    "linear \(mode.rawValue)", Resize(mode: .linear, coordinateTransformation: mode),
                    [noise([1, 3, 3, 4, 5]), nil, scales], constants: [2]))
        }
        for nearest in [Resize.NearestMode.floor, .ceil, .roundPreferFloor, .roundPreferCeil] {
            cases.append(
                KernelCase(
                    "nearest \(nearest.rawValue)", Resize(mode: .nearest, coordinateTransformation: .asymmetric, nearestMode: nearest),
                    [noise([1, 3, 3, 4, 5]), nil, nil, .i64([1, 3, 7, 4, 3])], constants: [3]))
        }
        cases.append(
            KernelCase("2D down", Resize(mode: .linear), [noise([2, 3, 9, 11]), nil, .f32([1, 1, 0.5, 0.7])], constants: [2]))
        cases.append(KernelCase("semilinear 3D", SemilinearUpsample(), [noise([2, 3, 3, 4, 5])]))
        cases.append(KernelCase("semilinear 2D", SemilinearUpsample(), [noise([1, 3, 5, 7])]))
        cases.append(KernelCase("semilinear 1D", SemilinearUpsample(), [noise([1, 3, 9])]))
        cases.append(KernelCase("semilinear in the plane", SemilinearUpsample(axes: [2, 3]), [noise([1, 2, 4, 5, 3])]))
        return cases
    }()

    static let elementwise: [KernelCase] = {
        let maps: [any Operator] = [
            Relu(), LeakyRelu(), Sigmoid(), Tanh(), Elu(alpha: 0.7), Selu(), Celu(alpha: 0.7), HardSigmoid(), HardSwish(), Swish(),
            Softplus(),
            Softsign(), Mish(), Gelu(), Gelu(approximation: .tanh), ThresholdedRelu(alpha: 0.3), Erf(), Exp(), Reciprocal(), Abs(),
            Negate(),
        ]
        var cases = maps.map { KernelCase("noise", $0, [.noise(.f32, [3, 351], scale: 6)]) }
        for op in [Log(), Sqrt()] as [any Operator] { cases.append(KernelCase("positive", op, [positive([3, 67])])) }
        cases.append(KernelCase("bounds", Clip(), [noise([70]), .scalar(.f32, -0.2), .scalar(.f32, 0.5)], constants: [1, 2]))
        cases.append(KernelCase("lower bound", Clip(), [noise([70]), .scalar(.f32, 0)], constants: [1]))
        let zips: [any Operator] = [Add(), Subtract(), Multiply(), Divide(), Minimum(), Maximum()]
        let pairs: [(String, [Int], [Int])] = [
            ("same shape", [2, 3, 37], [2, 3, 37]), ("scalar", [2, 3, 37], []), ("scalar left", [1], [2, 3, 37]),
            ("channels", [2, 3, 4, 5], [3, 1, 1]), ("rows and columns", [4, 1], [1, 5]), ("middle", [2, 3, 4], [2, 1, 4]),
        ]
        for op in zips {
            for (name, a, b) in pairs { cases.append(KernelCase(name, op, [noise(a), noise(b, 2)])) }
        }
        cases.append(KernelCase("channels", PRelu(), [noise([2, 3, 4, 5]), noise([3, 1, 1], 2)], constants: [1]))
        cases.append(KernelCase("one slope", PRelu(), [noise([2, 3, 4, 5]), noise([1], 2)], constants: [1]))
        return cases
    }()

    static let copies: [KernelCase] = [
        KernelCase("channels", Concat(axis: 1), [noise([2, 3, 4, 5]), noise([2, 1, 4, 5], 2), noise([2, 2, 4, 5], 3)]),
        KernelCase("bytes", Concat(axis: -1), [.bool([true, false]), .bool([true])]),
        KernelCase("long", Concat(axis: 1), [noise([1, 3, 300_001]), noise([1, 1, 300_001], 2)]),
        KernelCase("channels", Split(axis: 1), [noise([2, 6, 4, 5]), .i64([1, 2, 3])], constants: [1], outputCount: 3),
        KernelCase("to channels first", Transpose(permutation: [0, 4, 1, 2, 3]), [noise([1, 3, 4, 5, 2])]),
        KernelCase("halves", Transpose(), [.noise(.f16, [5, 7])]),
        KernelCase("i64", Transpose(permutation: [1, 0, 2]), [.i64(Array(0..<24), [2, 3, 4])]),
        KernelCase(
            "steps", Slice(), [noise([5, 6, 7]), .i64([1, -1, 0]), .i64([5, -100, 7]), .i64([0, 1, 2]), .i64([2, -2, 3])],
            constants: [1, 2, 3, 4]),
        KernelCase("two axes", Slice(), [noise([5, 6, 7]), .i64([-3, 2]), .i64([100, 4]), .i64([2, 0])], constants: [1, 2, 3]),
        KernelCase("zeros", Pad(), [noise([2, 3, 4]), .i64([0, 1, 2, 1, 0, 3])], constants: [1]),
        KernelCase("cuts", Pad(), [noise([4, 5]), .i64([-1, 2, 1, -2])], constants: [1]),
    ]

    /// Numbers that step over a scale's halves, both ends of the range, and what no integer is.
    private static let ragged: [Double] =
        [0, 0.25, -0.25, 0.75, 1.25, 1.75, 63.5, 64, -64, 64.25, 127.75, -127.75, 1e9, -1e9, .infinity, -.infinity, .nan, 3e38, 1e-40]

    static let quantized: [KernelCase] = {
        var cases: [KernelCase] = []
        for (zero, type) in [(0, ElementType.u8), (255, .u8), (128, .u8), (-128, .i8), (127, .i8), (0, .i8)] {
            cases.append(
                KernelCase(
                    "\(type.rawValue) around \(zero)", QuantizeLinear(),
                    [.f32(ragged), .scalar(.f32, 0.5), .scalar(type, Double(zero))], constants: [1, 2]))
            cases.append(
                KernelCase(
                    "\(type.rawValue) around \(zero)", DequantizeLinear(),
                    [.ramp(type, [1, 2, 130], from: type == .u8 ? 0 : -128), .scalar(.f32, 0.37), .scalar(type, Double(zero))],
                    constants: [1, 2]))
        }
        let scales = Sample.f32([0.02, 0.5, 0.013])
        let zeros = Sample.u8([0, 255, 9])
        cases.append(KernelCase("channels", QuantizeLinear(), [noise([2, 3, 4, 5]), scales, zeros], constants: [1, 2]))
        cases.append(KernelCase("last axis", QuantizeLinear(axis: -1), [noise([7, 3]), scales], constants: [1]))
        cases.append(KernelCase("long", QuantizeLinear(elementType: .i8), [noise([1, 1, 70_003]), .f32([0.008])], constants: [1]))
        cases.append(KernelCase("channels", DequantizeLinear(), [.ramp(.u8, [2, 3, 37]), scales, zeros], constants: [1, 2]))
        return cases
    }()

    /// Sums of bytes with zero points: every geometry of the float convolutions, both kinds of bytes on either side, zero points told in the
    /// run or none.
    static let wholeNumbers: [KernelCase] = {
        func bytes(_ type: ElementType, _ shape: [Int], step: Int) -> Sample {
            Sample(type, integers: (0..<shape.reduce(1, *)).map { ($0 + 1) * step % 256 - (type == .i8 ? 128 : 0) }, shape)
        }
        let kinds: [(ElementType, ElementType)] = [(.u8, .i8), (.u8, .u8), (.i8, .i8), (.i8, .u8)]
        var cases: [KernelCase] = []
        for (index, base) in convolutions.enumerated() {
            guard let op = base.op as? Convolution, let x = base.inputs[0]?.shape, let weight = base.inputs[1]?.shape else { continue }
            let (from, by) = kinds[index % 4]
            let zero: Sample? = index % 3 == 2 ? nil : .scalar(from, from == .u8 ? 131 : -7)
            let offset: Sample? = index % 3 == 0 ? nil : index % 3 == 1 ? .scalar(by, 100) : bytes(by, [weight[0]], step: 37)
            let bias = index % 2 == 0 ? Sample.i32((0..<weight[0]).map { $0 * 99_991 - 300_000 }) : nil
            cases.append(
                KernelCase(
                    "\(base.name), \(from) by \(by)", IntegerConvolution(window: op.window, groups: op.groups),
                    [bytes(from, x, step: 7919), bytes(by, weight, step: 6007), zero, offset, bias], constants: [1, 3, 4]))
        }
        for (index, (a, b)) in [([7, 33], [33, 50]), ([2, 3, 5, 40], [40, 131]), ([70, 64], [64, 9]), ([9, 5], [5, 1])].enumerated() {
            let (from, by) = kinds[index]
            cases.append(
                KernelCase(
                    "\(from) by \(by)", IntegerMatMul(),
                    [
                        bytes(from, a, step: 7919), bytes(by, b, step: 6007), index == 1 ? nil : .scalar(from, 100),
                        index == 2 ? nil : index == 3 ? .scalar(by, 5) : bytes(by, [b[1]], step: 37),
                    ], constants: [1, 3]))
        }
        // Sums beyond the whole numbers f32 holds.
        cases.append(
            KernelCase(
                "large sums", IntegerMatMul(), [.full(.u8, [3, 1001], 255), .full(.u8, [1001, 20], 251), nil, nil], constants: [1]))
        cases.append(
            KernelCase(
                "large sums", IntegerConvolution(), [.full(.i8, [1, 1001, 3, 5], -128), .full(.i8, [2, 1001, 1, 1], 125)], constants: [1]))
        for (name, values) in [("noise", nil), ("infinities", [1, .infinity, -2, .nan]), ("zeros", [0, 0, 0])] as [(String, [Double]?)] {
            cases.append(
                KernelCase(name, DynamicQuantizeLinear(), [values.map { .f32($0) } ?? .noise(.f32, [3, 70_001], scale: 5)], outputCount: 3))
        }
        return cases
    }()

    /// Operators that only move or order values, on bytes.
    static let bytes: [KernelCase] = {
        var cases: [KernelCase] = []
        for type in [ElementType.u8, .i8] {
            func few(_ shape: [Int], _ seed: UInt64 = 1) -> Sample {
                let noise = Sample.noise(.f32, shape, seed: seed, scale: 127)
                return type == .i8
                    ? noise.converted(to: type) : Sample(type, integers: (0..<shape.reduce(1, *)).map { $0 * 7919 % 256 }, shape)
            }
            let low = type == .u8 ? 0.0 : -128
            cases += [
                KernelCase("2×2×2 of \(type)", MaxPool(window: window([2, 2, 2], [2, 2, 2], [])), [few([2, 3, 6, 8, 10])]),
                KernelCase("3×3 by 2 of \(type)", MaxPool(window: window([3, 3], [2, 2], [1, 1, 1, 1])), [few([1, 3, 11, 12])]),
                KernelCase("lowest of \(type)", MaxPool(window: window([3], [3], [1, 1])), [.full(type, [1, 2, 8], low)]),
                KernelCase("bytes of \(type)", Relu(), [few([3, 70])]),
                KernelCase("bytes of \(type)", Clip(), [few([3, 70]), .scalar(type, 3), .scalar(type, 90)], constants: [1, 2]),
                KernelCase("bytes of \(type)", Concat(axis: 1), [few([2, 3, 4]), few([2, 1, 4], 2)]),
                KernelCase("bytes of \(type)", Transpose(permutation: [0, 2, 1]), [few([2, 3, 4])]),
                KernelCase(
                    "bytes of \(type)", Slice(), [few([5, 6]), .i64([1]), .i64([5]), .i64([1]), .i64([2])], constants: [1, 2, 3, 4]),
                KernelCase(
                    "zero point of \(type)", Pad(), [few([2, 3, 4]), .i64([0, 1, 2, 1, 0, 3]), .scalar(type, 77)], constants: [1, 2]),
                KernelCase(
                    "bytes of \(type)", Resize(mode: .nearest, coordinateTransformation: .asymmetric, nearestMode: .floor),
                    [few([1, 3, 3, 4, 5]), nil, .f32([1, 1, 2, 3, 2])], constants: [2]),
            ]
        }
        cases.append(KernelCase("of one", Pad(), [noise([4, 5]), .i64([1, 0, 2, 3]), .scalar(.f32, -1.5)], constants: [1, 2]))
        return cases
    }()

    /// The float cases and casts in 16-bit floats.
    static let halves: [KernelCase] = {
        var cases: [KernelCase] = []
        for type in [ElementType.f16, .bf16] {
            for sample in floats {
                var copy = sample
                copy.name += " in \(type)"
                for index in copy.inputs.indices where copy.inputs[index]?.elementType == .f32 && !(sample.op is Resize && index > 0) {
                    copy.inputs[index] = copy.inputs[index]?.converted(to: type)
                }
                cases.append(copy)
            }
            cases.append(KernelCase("to f32 from \(type)", Cast(elementType: .f32), [.noise(type, [3, 70])]))
            cases.append(KernelCase("from f32 to \(type)", Cast(elementType: type), [.f32(ragged + [65519, 65520, 1e-7, 6e-8, 3e-8])]))
            cases.append(
                KernelCase(
                    "from \(type)", QuantizeLinear(), [.noise(type, [3, 70]), Sample(type, [0.01], []), .scalar(.u8, 128)],
                    constants: [1, 2]))
            cases.append(
                KernelCase("to \(type)", DequantizeLinear(elementType: type), [.ramp(.u8, [3, 70]), .scalar(.f32, 0.013)], constants: [1]))
        }
        return cases
    }()
}
