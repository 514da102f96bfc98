import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operations of two operands, of which one may be a number.
enum BinaryRules {
    static func rule(_ name: String) -> LayerRule? {
        switch name {
        case "squareddifference":
            return { (call, builder) throws(OsteonError) in
                let difference = try result("subtract", Subtract(), call, builder)
                return [try builder.step("square", Multiply(), [difference, difference])]
            }
        case "notequal":
            return { (call, builder) throws(OsteonError) in
                [try builder.step("differs", Not(), [result("equal", Equal(), call, builder)])]
            }
        default:
            guard let op = table[name] else { return nil }
            return { (call, builder) throws(OsteonError) in [try result(name, op, call, builder)] }
        }
    }

    private static let table: [String: any Operator] = [
        "add": Add(), "subtract": Subtract(), "multiply": Multiply(), "divide": Divide(), "truedivide": Divide(), "maximum": Maximum(),
        "minimum": Minimum(), "power": Power(), "floordivide": FloorDivide(), "less": Less(), "greater": Greater(),
        "lessequal": LessOrEqual(), "greaterequal": GreaterOrEqual(), "equal": Equal(), "logicaland": And(), "logicalor": Or(),
    ]
    private static let divisions: Set<String> = ["divide", "truedivide"]
    private static let logical: Set<String> = ["logicaland", "logicalor"]

    private static func result(
        _ name: String, _ op: any Operator, _ call: LayerCall, _ builder: KerasBuilder
    ) throws(OsteonError) -> ValueID {
        let arguments = [OperationRules.argument(call, 0), OperationRules.argument(call, 1)]
        var types: [ElementType] = []
        var numbers: [JSONValue] = []
        for argument in arguments {
            switch argument {
            case .json(let json)?: numbers.append(json)
            case let argument?: types += argument.values.map { builder.graph.type($0).elementType }
            case nil: break
            }
        }
        guard let first = types.first else { throw OsteonError(.unsupported, "called without tensors") }
        var common: ElementType?
        if builder.dialect.major >= 3 {
            common = logical.contains(name) ? .bool : try promoted(types, numbers, isDivision: divisions.contains(name))
        } else if !first.isFloat {
            // TensorFlow takes no fractions for integers.
            guard !numbers.contains(where: isFractional) else { throw OsteonError(.unsupported, "a fraction beside \(first.rawValue)") }
            guard !divisions.contains(name) else { throw OsteonError(.unsupported, "a division of \(first.rawValue)") }
        }
        var operands: [ValueID] = []
        for place in 0...1 {
            let operand = try OperationRules.operand(call, place, builder, as: common ?? first)
            let isOther = common.map { builder.graph.type(operand).elementType != $0 } ?? false
            operands.append(isOther ? try builder.step("operand_\(place)", Cast(elementType: common ?? first), [operand]) : operand)
        }
        return try builder.step("result", op, operands)
    }

    // MARK: Types

    /// The type in which Keras 3 computes: floats before integers, the wider before the narrower; numbers of Python's adapt to tensors
    /// of their kind. A quotient is a float.
    private static func promoted(
        _ types: [ElementType], _ numbers: [JSONValue], isDivision: Bool
    ) throws(OsteonError) -> ElementType {
        var result = types[0]
        for type in types.dropFirst() { result = try joined(result, type) }
        for number in numbers {
            if isFractional(number) {
                if !result.isFloat { result = .f32 }
            } else if result == .bool, number != .bool(true), number != .bool(false) {
                result = .i32
            }
        }
        return isDivision && !result.isFloat ? .f32 : result
    }

    private static func joined(_ a: ElementType, _ b: ElementType) throws(OsteonError) -> ElementType {
        if a == b || b == .bool { return a }
        if a == .bool { return b }
        switch (a.isFloat, b.isFloat) {
        case (true, false): return a
        case (false, true): return b
        case (true, true): return a.isHalf && b.isHalf ? .f32 : a.byteCount > b.byteCount ? a : b
        case (false, false):
            guard a.isSigned == b.isSigned else { throw OsteonError(.unsupported, "\(a.rawValue) beside \(b.rawValue)") }
            return a.byteCount > b.byteCount ? a : b
        }
    }

    private static func isFractional(_ json: JSONValue) -> Bool {
        switch json {
        case .number: true
        case .array(let items): items.contains(where: isFractional)
        default: false
        }
    }
}
