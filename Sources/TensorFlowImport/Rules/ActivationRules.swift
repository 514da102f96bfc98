import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Activations. `Softmax` and `LogSoftmax` work over the last axis.
enum ActivationRules {
    static let table: [String: ImportRule] = [
        "Relu": ArithmeticRules.unary(Relu()), "Elu": ArithmeticRules.unary(Elu()), "Selu": ArithmeticRules.unary(Selu()),
        "Softplus": ArithmeticRules.unary(Softplus()), "Softsign": ArithmeticRules.unary(Softsign()),
        "Sigmoid": ArithmeticRules.unary(Sigmoid()), "Tanh": ArithmeticRules.unary(Tanh()),
        "Softmax": ArithmeticRules.unary(Softmax(axis: -1)), "LogSoftmax": ArithmeticRules.unary(LogSoftmax(axis: -1)),
        "Relu6": boundedRelu, "LeakyRelu": leakyRelu,
    ]

    private static func boundedRelu(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        return [try builder.result(Clip(), [x, builder.scalar(0, like: x, "low"), builder.scalar(6, like: x, "high")])]
    }

    private static func leakyRelu(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let alpha = try node.attributes.double("alpha", default: 0.2)
        return [try builder.result(LeakyRelu(alpha: alpha), [node.input(0)])]
    }
}
