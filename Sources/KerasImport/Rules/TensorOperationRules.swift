import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operations of TensorFlow and `keras.ops` that move, pad and compare tensors.
enum TensorOperationRules {
    static let table: [String: LayerRule] = [
        "matmul": matmul, "stack": stack, "unstack": unstack, "pad": pad, "tile": tile, "flip": flip, "where": choose, "einsum": einsum,
        "gather": gather, "take": gather, "cumsum": cumulativeSum, "l2normalize": normalize,
        "swapaxes": swapAxes, "std": spread, "var": spread, "shape": shape,
        "argmax": { (call, builder) throws(OsteonError) in
            var op = ArgMax()
            (op.axis, op.keepDimensions) = try place(call)
            return [try index(op, call, builder)]
        },
        "argmin": { (call, builder) throws(OsteonError) in
            var op = ArgMin()
            (op.axis, op.keepDimensions) = try place(call)
            return [try index(op, call, builder)]
        },
        "rsqrt": { (call, builder) throws(OsteonError) in
            [try builder.step("inverse", Reciprocal(), [builder.step("root", Sqrt(), [operand(call, 0, builder)])])]
        },
        "broadcastto": { (call, builder) throws(OsteonError) in
            guard let shape = try OperationRules.integers(OperationRules.setting(["shape"], 1, call)) else {
                throw OsteonError(.unsupported, "a shape that's computed")
            }
            return [try builder.step("expanded", Expand(), [operand(call, 0, builder), builder.integers(shape, "shape")])]
        },
    ]

    private static func operand(_ call: LayerCall, _ place: Int, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        try OperationRules.operand(call, place, builder)
    }

    /// The axis an operation works along: TensorFlow's is 0 where none is given, Keras' is none, which means all in one row.
    private static func ownAxis(_ call: LayerCall, place: Int = 1) throws(OsteonError) -> Int {
        if let value = OperationRules.setting(["axis"], place, call) { return try value.integer() }
        guard OperationRules.isFunctionCall(call.layer) else { throw OsteonError(.unsupported, "without an axis") }
        return 0
    }

    private static func axis(_ call: LayerCall, _ place: Int, default fallback: Int) throws(OsteonError) -> Int {
        guard let value = OperationRules.setting(["axis"], place, call) else { return fallback }
        return try value.integer()
    }

    private static func flag(_ names: [String], _ place: Int, _ call: LayerCall) throws(OsteonError) -> Bool {
        guard let value = OperationRules.setting(names, place, call) else { return false }
        return try value.bool()
    }

    /// `a · b`, each with its last two axes swapped where it's said.
    private static func matmul(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var sides: [ValueID] = []
        for (place, names) in [["transpose_a", "adjoint_a", "adj_x"], ["transpose_b", "adjoint_b", "adj_y"]].enumerated() {
            var side = try operand(call, place, builder)
            if try flag(names, place + 2, call) {
                let rank = try builder.rank(side)
                guard rank >= 2 else { throw OsteonError(.malformed, "An operand of rank \(rank).") }
                side = try builder.step("turned_\(place)", Transpose(permutation: Array(0..<rank - 2) + [rank - 1, rank - 2]), [side])
            }
            sides.append(side)
        }
        return [try builder.step("product", MatMul(), sides.map(Optional.some))]
    }

    /// The tensors of a list argument.
    private static func items(_ call: LayerCall) throws(OsteonError) -> [ValueID] {
        let first = call.positional.first ?? call.named.first { ["values", "arrays", "x", "xs"].contains($0.name) }?.value
        guard case .list(let items)? = first, items.allSatisfy({ $0.values.count == 1 }) else {
            throw OsteonError(.unsupported, "without a list of tensors")
        }
        return items.flatMap(\.values)
    }

    private static func stack(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let axis = try axis(call, 1, default: 0)
        var rows: [ValueID?] = []
        for item in try items(call) { rows.append(try builder.step("row", Unsqueeze(), [item, builder.integers([axis], "axis")])) }
        return [try builder.step("stacked", Concat(axis: axis), rows)]
    }

    private static func unstack(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        var axis = 0
        if let value = call.json("axis") ?? call.configuration.value(["axis"]) { axis = try value.integer() }
        let count = try builder.fixedExtent(x, axis)
        guard (1...4096).contains(count) else { throw OsteonError(.limitExceeded, "\(count) parts.") }
        var result: [ValueID] = []
        for part in try builder.steps("part", Split(axis: axis, count: count), [x], count: count) {
            result.append(try builder.step("row", Squeeze(), [part, builder.integers([axis], "axis")]))
        }
        return result
    }

    /// A begin and an end for each axis.
    private static func pad(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        let rank = try builder.rank(x)
        guard let list = OperationRules.setting(["paddings", "pad_width"], 1, call) else {
            throw OsteonError(.unsupported, "computed margins")
        }
        let json = JSONValue.object([JSONValue.Member("pads", list)])
        guard let (numbers, shape) = try LayerConfiguration(json, builder.dialect).numbers("pads"), shape == [rank, 2] else {
            throw OsteonError(.unsupported, "margins other than a begin and an end for each of \(rank) axes")
        }
        var values: [Int] = []
        for number in numbers { values.append(try Checked.int(number)) }
        guard values.allSatisfy({ (0..<LayerConfiguration.limit).contains($0) }) else { throw OsteonError(.malformed, "Margins below 0.") }
        let modes: [String: Pad.Mode] = ["constant": .constant, "reflect": .reflect, "symmetric": .symmetric]
        var mode = Pad.Mode.constant
        if let name = try OperationRules.setting(["mode"], 2, call)?.string() {
            guard let known = modes[name.lowercased()] else { throw OsteonError(.unsupported, "padding \(name)") }
            mode = known
        }
        let pads = (0..<rank).map { values[2 * $0] } + (0..<rank).map { values[2 * $0 + 1] }
        var inputs: [ValueID?] = [x, try builder.integers(pads, "pads")]
        if mode == .constant, let filler = try OperationRules.setting(["constant_values"], 3, call)?.double(), filler != 0 {
            inputs.append(try builder.scalar(filler, like: x, "filler"))
        }
        return [try builder.step("padded", Pad(mode: mode), inputs)]
    }

    private static func tile(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        guard let counts = try OperationRules.integers(OperationRules.setting(["multiples", "repeats"], 1, call)),
            counts.count == (try builder.rank(x)), counts.allSatisfy({ $0 >= 1 })
        else { throw OsteonError(.unsupported, "other than a count for each axis") }
        return [try builder.step("tiled", Tile(), [x, builder.integers(counts, "repeats")])]
    }

    private static func flip(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        guard let axes = try OperationRules.integers(OperationRules.setting(["axis"], 1, call)) else {
            throw OsteonError(.unsupported, "without axes")
        }
        return [try builder.step("reversed", Reverse(), [x, builder.integers(axes, "axes")])]
    }

    private static func choose(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let tensors = call.inputs + ["x", "x1", "y", "x2"].compactMap(call.tensor)
        guard tensors.count == 3, call.inputs.first == tensors[0], [1, 3].contains(call.positional.count) else {
            throw OsteonError(.unsupported, "other than a condition and two tensors")
        }
        var condition = tensors[0]
        if builder.graph.type(condition).elementType != .bool {
            condition = try builder.step("condition", Cast(elementType: .bool), [condition])
        }
        return [try builder.step("chosen", Where(), [condition, tensors[1], tensors[2]])]
    }

    private static func einsum(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard let equation = try OperationRules.setting(["equation", "subscripts"], 0, call)?.string() else {
            throw OsteonError(.unsupported, "without an equation")
        }
        let terms = (equation.split(separator: "-").first ?? "").split(separator: ",", omittingEmptySubsequences: false).count
        guard call.inputs.count == terms else { throw OsteonError(.unsupported, "without its tensors, which Keras 2 doesn't write") }
        return [try builder.step("product", Einsum(equation: equation.filter { $0 != " " }), call.inputs.map(Optional.some))]
    }

    private static func gather(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var x = call.tensor("params")
        if x == nil { x = try operand(call, 0, builder) }
        let axis = try ownAxis(call, place: 99)
        var indices = call.tensor("indices") ?? (call.inputs.count > 1 ? call.inputs[1] : nil)
        if indices == nil, let numbers = try OperationRules.integers(OperationRules.setting(["indices"], 1, call)) {
            indices = try builder.integers(numbers, "indices")
        }
        guard let indices else { throw OsteonError(.unsupported, "without indices") }
        return [try builder.step("taken", Gather(axis: axis), [x, indices])]
    }

    private static func cumulativeSum(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var op = CumSum()
        op.exclusive = try flag(["exclusive"], 2, call)
        op.reverse = try flag(["reverse"], 3, call)
        let place = builder.constant(try Tensor(scalar: Int64(ownAxis(call))), "axis")
        return [try builder.step("sums", op, [operand(call, 0, builder), place])]
    }

    /// `x / √max(Σ x², ε)`.
    private static func normalize(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        guard let axes = try OperationRules.integers(OperationRules.setting(["axis"], 1, call)) else {
            throw OsteonError(.unsupported, "without axes")
        }
        let least = try (call.json("epsilon") ?? call.configuration.value(["epsilon"]))?.double() ?? 1e-12
        let sum = try builder.step("sum", ReduceSumSquare(), [x, builder.integers(axes, "axes")])
        let bounded = try builder.step("bounded", Maximum(), [sum, builder.scalar(least, like: x, "least")])
        return [try builder.step("unit", Divide(), [x, builder.step("norm", Sqrt(), [bounded])])]
    }

    /// The variance, or the deviation.
    private static func spread(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        let keeps = try flag(["keepdims"], 2, call)
        let rank = try builder.rank(x)
        let axes = try OperationRules.integers(OperationRules.setting(["axis"], 1, call)) ?? Array(0..<rank)
        let list = try builder.integers(axes, "axes")
        let centred = try builder.step("centred", Subtract(), [x, builder.step("mean", ReduceMean(), [x, list])])
        let square = try builder.step("square", Multiply(), [centred, centred])
        let variance = try builder.step("variance", ReduceMean(keepDimensions: keeps), [square, list])
        let function = try call.configuration.string("function", default: call.layer.className).lowercased()
        return [function.hasSuffix("std") ? try builder.step("deviation", Sqrt(), [variance]) : variance]
    }

    private static func swapAxes(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try operand(call, 0, builder)
        let rank = try builder.rank(x)
        guard let first = try OperationRules.setting(["axis1"], 1, call)?.integer(),
            let second = try OperationRules.setting(["axis2"], 2, call)?.integer()
        else { throw OsteonError(.unsupported, "without axes") }
        let axes = [first, second].map { $0 < 0 ? $0 + rank : $0 }
        guard axes.allSatisfy((0..<rank).contains) else { throw OsteonError(.malformed, "Axes \(axes) of rank \(rank).") }
        var order = Array(0..<rank)
        order.swapAt(axes[0], axes[1])
        return [try builder.step("swapped", Transpose(permutation: order), [x])]
    }

    private static func shape(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        [try builder.step("shape", ShapeOf(), [operand(call, 0, builder)])]
    }

    /// Reshapes to a list of numbers and computed extents.
    static func reshaped(_ x: ValueID, shapeOf call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let argument = call.positional.count > 1 ? call.positional[1] : call.named.first { ["shape", "newshape"].contains($0.name) }?.value
        guard case .list(let items)? = argument else { throw OsteonError(.unsupported, "a shape that's computed") }
        var parts: [ShapePart] = []
        for item in items {
            switch item {
            case .json(let number): parts.append(.number(try number.integer()))
            case .value(let value) where builder.graph.type(value).rank == 0: parts.append(.value(try builder.asInt64(value)))
            default: throw OsteonError(.unsupported, "a shape that's computed")
            }
        }
        return try WrapperRules.reshaped(x, parts, "reshaped", builder)
    }

    // MARK: Places

    private static func place(_ call: LayerCall) throws(OsteonError) -> (axis: Int, keeps: Bool) {
        (try ownAxis(call), try flag(["keepdims"], 2, call))
    }

    private static func index(_ op: any Operator, _ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let places = try builder.step("place", op, [operand(call, 0, builder)])
        let type = try call.json("output_type")?.string() ?? (builder.dialect.major >= 3 ? "int32" : "int64")
        return type == "int64" ? places : try builder.step("place_typed", Cast(elementType: ElementType(keras: type)), [places])
    }
}
