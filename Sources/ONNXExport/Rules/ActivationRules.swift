import Bytes
import GraphIR
import Operators
import Tensors

/// Activation functions and the softmax family.
enum ActivationRules {
    static let table: [ExportEntry] = [
        .same(Sigmoid.self, "Sigmoid"), .same(Softplus.self, "Softplus"), .same(Softsign.self, "Softsign"), .same(Tanh.self, "Tanh"),
        .same(PRelu.self, "PRelu"), .same(Clip.self, "Clip"),
        ExportEntry(Relu.self) { (node, _) throws(OsteonError) in
            let x = try node.input(0)
            if x.elementType.isFloat { return try node.finish("Relu", [x]) }
            try node.finish("Max", [x, try node.scalar(0, x.elementType, "zero")])
        },
        ExportEntry(LeakyRelu.self) { (node, op) throws(OsteonError) in
            try node.finish("LeakyRelu", node.inputs, [.float("alpha", op.alpha)])
        },
        ExportEntry(Elu.self) { (node, op) throws(OsteonError) in try node.finish("Elu", node.inputs, [.float("alpha", op.alpha)]) },
        ExportEntry(Celu.self) { (node, op) throws(OsteonError) in try node.finish("Celu", node.inputs, [.float("alpha", op.alpha)]) },
        ExportEntry(Selu.self) { (node, op) throws(OsteonError) in
            try node.finish("Selu", node.inputs, [.float("alpha", op.alpha), .float("gamma", op.gamma)])
        },
        ExportEntry(HardSigmoid.self) { (node, op) throws(OsteonError) in
            try node.finish("HardSigmoid", node.inputs, [.float("alpha", op.alpha), .float("beta", op.beta)])
        },
        ExportEntry(ThresholdedRelu.self) { (node, op) throws(OsteonError) in
            try node.finish("ThresholdedRelu", node.inputs, [.float("alpha", op.alpha)])
        },
        ExportEntry(Shrink.self) { (node, op) throws(OsteonError) in
            try node.finish("Shrink", node.inputs, [.float("bias", op.bias), .float("lambd", op.lambda)])
        },
        ExportEntry(HardSwish.self) { (node, _) throws(OsteonError) in
            if node.opset >= 14 { return try node.finish("HardSwish", node.inputs) }
            let x = try node.input(0)
            try node.finish("Mul", [x, try node.apply(HardSigmoid(alpha: 1.0 / 6, beta: 0.5), [x])])
        },
        ExportEntry(Mish.self) { (node, _) throws(OsteonError) in
            if node.opset >= 18 { return try node.finish("Mish", node.inputs) }
            let x = try node.input(0)
            try node.finish("Mul", [x, try node.emit("Tanh", [try node.emit("Softplus", [x])])])
        },
        ExportEntry(Swish.self) { (node, op) throws(OsteonError) in
            if node.opset >= 24 { return try node.finish("Swish", node.inputs, [.float("alpha", op.alpha)]) }
            let x = try node.input(0)
            let inner = op.alpha == 1 ? x : try node.binary("Mul", x, try node.scalar(op.alpha, x.elementType, "alpha"), "scaled")
            try node.finish("Mul", [x, try node.emit("Sigmoid", [inner])])
        },
        ExportEntry(Gelu.self, gelu),
        ExportEntry(Softmax.self) { (node, op) throws(OsteonError) in try node.finish("Softmax", node.inputs, [.int("axis", op.axis)]) },
        ExportEntry(LogSoftmax.self) { (node, op) throws(OsteonError) in try node.finish("LogSoftmax", node.inputs, [.int("axis", op.axis)])
        },
        ExportEntry(Hardmax.self) { (node, op) throws(OsteonError) in try node.finish("Hardmax", node.inputs, [.int("axis", op.axis)]) },
    ]

    /// `x/2 · (1 + erf(x/√2))`, or by tanh, before ONNX has it.
    private static func gelu(_ node: ExportNode, _ op: Gelu) throws(OsteonError) {
        let x = try node.input(0)
        let type = x.elementType
        if node.opset >= 20 { return try node.finish("Gelu", [x], [.text("approximate", op.approximation.rawValue)]) }
        let inner: Operand
        switch op.approximation {
        case .none: inner = try node.emit("Erf", [try node.binary("Mul", x, try node.scalar(0.5.squareRoot(), type, "root"), "scaled")])
        case .tanh:
            let square = try node.binary("Mul", x, x, "square")
            let cubic = try node.binary(
                "Mul", try node.binary("Mul", square, x, "cube"), try node.scalar(0.044715, type, "factor"), "cubic")
            let sum = try node.binary("Add", x, cubic, "sum")
            inner = try node.emit(
                "Tanh", [try node.binary("Mul", sum, try node.scalar((2 / Double.pi).squareRoot(), type, "root"), "scaled")])
        }
        let raised = try node.binary("Add", inner, try node.scalar(1, type, "one"), "raised")
        let half = try node.binary("Mul", x, try node.scalar(0.5, type, "half"), "halved")
        try node.finish("Mul", [half, raised])
    }
}
