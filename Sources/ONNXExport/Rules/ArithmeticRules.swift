import Bytes
import GraphIR
import Operators
import Tensors

/// Arithmetic, element by element and along an axis.
enum ArithmeticRules {
    static let table: [ExportEntry] = [
        .same(Abs.self, "Abs"), .same(Acos.self, "Acos"), .same(Acosh.self, "Acosh"), .same(Add.self, "Add"), .same(Asin.self, "Asin"),
        .same(Asinh.self, "Asinh"), .same(Atan.self, "Atan"), .same(Atanh.self, "Atanh"), .same(BitwiseAnd.self, "BitwiseAnd"),
        .same(BitwiseNot.self, "BitwiseNot"), .same(BitwiseOr.self, "BitwiseOr"), .same(BitwiseXor.self, "BitwiseXor"),
        .same(Ceil.self, "Ceil"), .same(Cos.self, "Cos"), .same(Cosh.self, "Cosh"), .same(Divide.self, "Div"), .same(Erf.self, "Erf"),
        .same(Exp.self, "Exp"), .same(Floor.self, "Floor"), .same(Log.self, "Log"), .same(Maximum.self, "Max"), .same(Minimum.self, "Min"),
        .same(Multiply.self, "Mul"), .same(Negate.self, "Neg"), .same(Power.self, "Pow"), .same(Reciprocal.self, "Reciprocal"),
        .same(Round.self, "Round"), .same(Sign.self, "Sign"), .same(Sin.self, "Sin"), .same(Sinh.self, "Sinh"), .same(Sqrt.self, "Sqrt"),
        .same(Subtract.self, "Sub"), .same(Tan.self, "Tan"),
        ExportEntry(BitShift.self) { (node, op) throws(OsteonError) in
            try node.finish("BitShift", node.inputs, [.text("direction", op.direction == .left ? "LEFT" : "RIGHT")])
        },
        ExportEntry(CumSum.self) { (node, op) throws(OsteonError) in try total(node, "CumSum", op.exclusive, op.reverse) },
        ExportEntry(CumProd.self) { (node, op) throws(OsteonError) in try total(node, "CumProd", op.exclusive, op.reverse) },
        ExportEntry(ExpM1.self, expM1), ExportEntry(Log1P.self, log1P),
        ExportEntry(FloorDivide.self, floorDivide), ExportEntry(Modulo.self, modulo),
    ]

    private static func total(_ node: ExportNode, _ name: String, _ exclusive: Bool, _ reverse: Bool) throws(OsteonError) {
        try node.finish(name, node.inputs, [.flag("exclusive", exclusive), .flag("reverse", reverse)])
    }

    /// `eˣ − 1 = tanh(x/2) · (eˣ + 1)`, accurate near 0.
    private static func expM1(_ node: ExportNode, _ op: ExpM1) throws(OsteonError) {
        let x = try node.input(0)
        let half = try node.binary("Mul", x, try node.scalar(0.5, x.elementType, "half"), "halved")
        let raised = try node.binary("Add", try node.emit("Exp", [x]), try node.scalar(1, x.elementType, "one"), "raised")
        try node.finish("Mul", [try node.emit("Tanh", [half]), raised])
    }

    /// `ln(1 + x) = 2 · artanh(x / (2 + x))`, accurate near 0; farther away as it's written.
    private static func log1P(_ node: ExportNode, _ op: Log1P) throws(OsteonError) {
        let x = try node.input(0)
        let type = x.elementType
        let two = try node.scalar(2, type, "two")
        let ratio = try node.binary("Div", x, try node.binary("Add", x, two, "shifted"), "ratio")
        let near = try node.binary("Mul", try node.emit("Atanh", [ratio]), two, "near")
        let far = try node.emit("Log", [try node.binary("Add", x, try node.scalar(1, type, "one"), "raised")], role: "far")
        let isNear = try node.emit(
            "Less", [try node.emit("Abs", [x]), try node.scalar(0.5, type, "limit")], role: "is_near", result: TensorType(.bool, nil))
        try node.finish("Where", [isNear, near, far])
    }

    private static func floorDivide(_ node: ExportNode, _ op: FloorDivide) throws(OsteonError) {
        let a = try node.input(0)
        let b = try node.input(1)
        if a.elementType.isFloat { return try node.finish("Floor", [try node.binary("Div", a, b)]) }
        // ONNX truncates; without the remainder the quotient is whole.
        let whole = try node.binary("Sub", a, try node.emit("Mod", [a, b]), "whole")
        try node.finish("Div", [whole, b])
    }

    /// ONNX has the floored remainder of integers only.
    private static func modulo(_ node: ExportNode, _ op: Modulo) throws(OsteonError) {
        let a = try node.input(0)
        let b = try node.input(1)
        let type = a.elementType
        guard type.isFloat, !op.truncated else { return try node.finish("Mod", [a, b], [.flag("fmod", op.truncated)]) }
        let bool = TensorType(.bool, nil)
        let zero = try node.scalar(0, type, "zero")
        let remainder = try node.emit("Mod", [a, b], [.flag("fmod", true)], role: "truncated")
        let isWhole = try node.emit("Equal", [remainder, zero], role: "is_whole", result: bool)
        let signs = try node.emit(
            "Xor",
            [
                try node.emit("Less", [remainder, zero], role: "is_negative", result: bool),
                try node.emit("Less", [b, zero], role: "divisor_is_negative", result: bool),
            ], role: "signs_differ", result: bool)
        let moves = try node.emit("And", [try node.emit("Not", [isWhole], result: bool), signs], role: "moves", result: bool)
        try node.finish("Where", [moves, try node.binary("Add", remainder, b, "moved"), remainder])
    }
}
