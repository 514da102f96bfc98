import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operations that take a tensor's shape or type.
enum FillingRules {
    static let table: [String: LayerRule] = [
        "zeroslike": { (call, builder) throws(OsteonError) in [try filled(0, call, builder)] },
        "oneslike": { (call, builder) throws(OsteonError) in [try filled(1, call, builder)] },
        "converttotensor": { (call, builder) throws(OsteonError) in
            let x = try OperationRules.operand(call, 0, builder)
            guard let name = try OperationRules.setting(["dtype"], 1, call)?.string() else { return [x] }
            return [try builder.converted(x, to: ElementType(keras: name))]
        },
    ]

    /// A number in the shape of a tensor, and in its type where no other is told.
    private static func filled(_ number: Double, _ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let x = try OperationRules.operand(call, 0, builder)
        let type = try OperationRules.setting(["dtype"], 1, call).map { (name) throws(OsteonError) in try ElementType(keras: name.string())
        }
        let op = ConstantOfShape(elementType: type ?? builder.graph.type(x).elementType, value: number)
        return try builder.step("filled", op, [builder.step("filled_shape", ShapeOf(), [x])])
    }
}
