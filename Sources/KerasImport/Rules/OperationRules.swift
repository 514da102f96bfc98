import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Plain operations in models: TensorFlow functions that Keras 2 wraps (`TFOpLambda`), and operations of `keras.ops`.
enum OperationRules {
    /// Whether a layer is a TensorFlow function called by name.
    static func isFunctionCall(_ layer: KerasLayer) -> Bool { layer.className == "TFOpLambda" || layer.className == "SlicingOpLambda" }

    /// The rule for an operation of Keras 3, by its class.
    static func rule(for className: String) -> LayerRule? { operation(className.lowercased()) }

    static let table: [String: LayerRule] = [
        "TFOpLambda": { (call, builder) throws(OsteonError) in
            let function = try call.configuration.string("function", default: "")
            guard let name = function.split(separator: ".").last.map(String.init), let rule = operation(functionNames[name] ?? name) else {
                throw OsteonError(.unsupported, "the function \(function)")
            }
            return try rule(call, builder)
        }
    ]

    /// TensorFlow's and Python's names where they differ from those of Keras' operations.
    private static let functionNames = [
        "sub": "subtract", "mul": "multiply", "truediv": "divide", "div": "divide", "pow": "power", "neg": "negative",
        "concat": "concatenate", "reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min",
        "add_v2": "add", "expand_dims": "expanddims", "clip_by_value": "clip", "log_softmax": "logsoftmax", "leaky_relu": "leakyrelu",
        "__getitem__": "getitem", "divide_no_nan": "dividenonan", "squared_difference": "squareddifference", "floordiv": "floordivide",
        "less_equal": "lessequal", "greater_equal": "greaterequal", "not_equal": "notequal", "logical_and": "logicaland",
        "logical_or": "logicalor", "logical_not": "logicalnot", "reduce_prod": "prod", "reduce_any": "any", "reduce_all": "all",
        "reduce_logsumexp": "logsumexp", "reduce_std": "std", "reduce_variance": "var", "l2_normalize": "l2normalize",
        "depth_to_space": "depthtospace", "space_to_depth": "spacetodepth", "broadcast_to": "broadcastto", "reverse": "flip",
        "swapaxes": "swapaxes", "batch_matmul": "matmul", "zeros_like": "zeroslike", "ones_like": "oneslike",
        "convert_to_tensor": "converttotensor",
    ]

    /// The rule for an operation, which refuses arguments it doesn't read.
    private static func operation(_ name: String) -> LayerRule? {
        guard let rule = reading(name) else { return nil }
        return { (call, builder) throws(OsteonError) in
            try OperationArguments.check(call, of: name)
            return try rule(call, builder)
        }
    }

    private static func reading(_ name: String) -> LayerRule? {
        if let op = unary[name] {
            let rule: LayerRule = { (call, builder) throws(OsteonError) in [try builder.step(name, op, [operand(call, 0, builder)])] }
            return rule
        }
        if let reduce = reductions[name] {
            let rule: LayerRule = { (call, builder) throws(OsteonError) in [try reduction(reduce, call, builder)] }
            return rule
        }
        return BinaryRules.rule(name) ?? families[name]
    }

    private static let families = FamilyTable<LayerRule>([
        others, SlicingRules.operations, TensorOperationRules.table, ImageOperationRules.table, FillingRules.table,
    ])

    /// Operations that two families have a rule for.
    static var duplicates: [String] { families.duplicates }

    private static let unary: [String: any Operator] = [
        "relu": Relu(), "sigmoid": Sigmoid(), "tanh": Tanh(), "softplus": Softplus(), "softsign": Softsign(), "elu": Elu(),
        "selu": Selu(), "silu": Swish(), "swish": Swish(), "exp": Exp(), "log": Log(), "sqrt": Sqrt(), "abs": Abs(), "absolute": Abs(),
        "negative": Negate(), "sin": Sin(), "cos": Cos(), "floor": Floor(), "ceil": Ceil(), "round": Round(), "erf": Erf(),
        "reciprocal": Reciprocal(), "identity": Identity(), "sign": Sign(), "stop_gradient": Identity(), "stopgradient": Identity(),
        "tan": Tan(), "asin": Asin(), "acos": Acos(), "atan": Atan(), "sinh": Sinh(), "cosh": Cosh(), "log1p": Log1P(), "expm1": ExpM1(),
        "logicalnot": Not(), "mish": Mish(), "celu": Celu(),
    ]

    private static let reductions: [String: @Sendable (Bool) -> any Operator] = [
        "mean": { ReduceMean(keepDimensions: $0) }, "sum": { ReduceSum(keepDimensions: $0) },
        "max": { ReduceMaximum(keepDimensions: $0) }, "min": { ReduceMinimum(keepDimensions: $0) },
        "prod": { ReduceProduct(keepDimensions: $0) }, "logsumexp": { ReduceLogSumExp(keepDimensions: $0) },
        "any": { ReduceAny(keepDimensions: $0) }, "all": { ReduceAll(keepDimensions: $0) },
    ]

    private static let others: [String: LayerRule] = [
        "concatenate": { (call, builder) throws(OsteonError) in
            guard
                case .list(let items)? = call.positional.first
                    ?? call.named.first(where: { ["values", "xs", "arrays"].contains($0.name) })?.value,
                items.allSatisfy({ $0.values.count == 1 })
            else { throw OsteonError(.unsupported, "without a list of tensors") }
            let axis = try setting(["axis"], 1, call)?.integer() ?? -1
            return [try builder.step("joined", Concat(axis: axis), items.flatMap(\.values).map(Optional.some))]
        },
        "square": { (call, builder) throws(OsteonError) in
            let x = try operand(call, 0, builder)
            return [try builder.step("square", Multiply(), [x, x])]
        },
        "relu6": { (call, builder) throws(OsteonError) in [try builder.activated(operand(call, 0, builder), named: "relu6")] },
        "gelu": { (call, builder) throws(OsteonError) in
            let approximates = try setting(["approximate"], 1, call)?.bool() ?? false
            let op = Gelu(approximation: approximates ? .tanh : .none)
            return [try builder.step("gelu", op, [operand(call, 0, builder)])]
        },
        "leakyrelu": { (call, builder) throws(OsteonError) in
            let alpha = try setting(["alpha", "negative_slope"], 1, call)?.double() ?? 0.2
            return [try builder.step("leaky_relu", LeakyRelu(alpha: alpha), [operand(call, 0, builder)])]
        },
        "softmax": { (call, builder) throws(OsteonError) in
            let axis = try setting(["axis"], 1, call)?.integer() ?? -1
            return [try builder.step("softmax", Softmax(axis: axis), [operand(call, 0, builder)])]
        },
        "logsoftmax": { (call, builder) throws(OsteonError) in
            let axis = try setting(["axis"], 1, call)?.integer() ?? -1
            return [try builder.step("log_softmax", LogSoftmax(axis: axis), [operand(call, 0, builder)])]
        },
        "transpose": { (call, builder) throws(OsteonError) in
            let axes = try integers(setting(["perm", "axes"], 1, call))
            return [try builder.step("transposed", Transpose(permutation: axes ?? []), [operand(call, 0, builder)])]
        },
        "reshape": { (call, builder) throws(OsteonError) in
            let x = try operand(call, 0, builder)
            if let shape = try integers(setting(["shape", "newshape"], 1, call)) {
                return [try builder.step("reshaped", Reshape(allowZero: true), [x, builder.integers(shape, "shape")])]
            }
            return [try TensorOperationRules.reshaped(x, shapeOf: call, builder)]
        },
        "expanddims": { (call, builder) throws(OsteonError) in
            let axis = try setting(["axis"], 1, call)?.integer() ?? -1
            return [try builder.step("expanded", Unsqueeze(), [operand(call, 0, builder), builder.integers([axis], "axis")])]
        },
        "squeeze": { (call, builder) throws(OsteonError) in
            guard let axes = try integers(setting(["axis"], 1, call)) else { throw OsteonError(.unsupported, "without axes") }
            return [try builder.step("squeezed", Squeeze(), [operand(call, 0, builder), builder.integers(axes, "axes")])]
        },
        "clip": { (call, builder) throws(OsteonError) in
            let low = try setting(["clip_value_min", "x_min"], 1, call)?.double()
            let high = try setting(["clip_value_max", "x_max"], 2, call)?.double()
            return [try builder.clipped(operand(call, 0, builder), low, high, "clipped")]
        },
        "cast": { (call, builder) throws(OsteonError) in
            let name = try setting(["dtype", "DstT"], 1, call)?.string() ?? "float32"
            return [try builder.step("cast", Cast(elementType: ElementType(keras: name)), [operand(call, 0, builder)])]
        },
    ]

    // MARK: Arguments

    /// A plain argument by one of its names or, counted from the first, by place; what the operation itself was made with
    /// where the call doesn't say.
    static func setting(_ names: [String], _ place: Int, _ call: LayerCall) -> JSONValue? {
        for name in names {
            if let value = call.json(name) { return value }
        }
        if place < call.positional.count, case .json(let value) = call.positional[place], value != .null { return value }
        return call.configuration.value(names)
    }

    static func integers(_ value: JSONValue?) throws(OsteonError) -> [Int]? {
        guard let value else { return nil }
        guard case .array(let items) = value else { return [try value.integer()] }
        var result: [Int] = []
        for item in items {
            // A shape's free extent.
            let number = item == .null ? -1 : try item.integer()
            guard number.magnitude < LayerConfiguration.limit else {
                throw OsteonError(.limitExceeded, "The number \(number) is out of range.")
            }
            result.append(number)
        }
        return result
    }

    static let names = [
        ["x", "x1", "a", "input", "tensor", "features", "logits", "input_tensor", "images", "value", "t", "condition"],
        ["y", "x2", "b"],
    ]

    /// The argument at a place, or by one of the names it goes under.
    static func argument(_ call: LayerCall, _ place: Int) -> LayerCall.Argument? {
        if place < call.positional.count { return call.positional[place] }
        return names[place].lazy.compactMap { name in call.named.first { $0.name == name }?.value }.first
    }

    /// The tensor at a place, or by name; numbers become constants of `type`.
    static func operand(
        _ call: LayerCall, _ place: Int, _ builder: KerasBuilder, as type: ElementType? = nil
    ) throws(OsteonError) -> ValueID {
        switch argument(call, place) {
        case .value(let value)?: return value
        case .list(let items)? where items.count == 1:
            if case .value(let value) = items[0] { return value }
        case .json(let json)?:
            guard let type else { break }
            let (values, shape) =
                try LayerConfiguration(.object([JSONValue.Member("value", json)]), builder.dialect).numbers("value") ?? ([], [])
            let tensor = try Tensor(values, shape: shape).converted(to: type)
            return builder.constant(tensor, "constant_\(place)")
        default: break
        }
        throw OsteonError(.unsupported, "called with something that's neither a tensor nor a number")
    }

    static func reduction(
        _ make: (Bool) -> any Operator, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        let keeps = try setting(["keepdims"], 2, call)?.bool() ?? false
        var x = try operand(call, 0, builder)
        // Keras 3 takes means of integers in floats.
        if builder.dialect.major >= 3, make(keeps) is ReduceMean, !builder.graph.type(x).elementType.isFloat {
            x = try builder.step("float", Cast(elementType: .f32), [x])
        }
        guard let axes = try integers(setting(["axis"], 1, call)) else { return try builder.step("reduced", make(keeps), [x]) }
        return try builder.step("reduced", make(keeps), [x, builder.integers(axes, "axes")])
    }
}
