import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Operations that TensorFlow's own optimiser fuses: one product or normalisation and what follows it.
enum FusedRules {
    static let table: [String: ImportRule] = [
        "_FusedConv2D": { (node, builder) throws(OsteonError) in try convolution(node, builder, 2) },
        "_FusedConv3D": { (node, builder) throws(OsteonError) in try convolution(node, builder, 3) },
        "_FusedMatMul": matrixProduct, "_FusedBatchNormEx": batchNorm,
    ]

    private static func convolution(_ node: RuleNode, _ builder: GraphBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: rank)
        let (op, inputs) = try ConvolutionRules.parts(node, builder, layout)
        var value = try builder.step("convolution", op, inputs)
        var next = 2
        for (index, fused) in try node.attributes.strings("fused_ops").enumerated() {
            switch fused {
            case "BiasAdd":
                let bias = try NormalizationRules.channelVector(builder, node.input(next), "bias", layout)
                value = try builder.step("step_\(index)", Add(), [value, bias])
                next += 1
            case "FusedBatchNorm":
                let op = BatchNormalization(epsilon: try node.attributes.double("epsilon", default: 1e-4))
                var inputs = [value]
                for place in next..<next + 4 { inputs.append(try node.input(place)) }
                value = try builder.step("step_\(index)", op, inputs)
                next += 4
            default: value = try activation(fused, value, "step_\(index)", node, builder)
            }
        }
        return [layout.isChannelsLast ? try builder.channelsLast(value, layout) : value]
    }

    private static func matrixProduct(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        var value = try builder.step("product", LinearRules.product(node.attributes), [node.input(0), node.input(1)])
        for (index, fused) in try node.attributes.strings("fused_ops").enumerated() {
            if fused == "BiasAdd" {
                value = try builder.step("step_\(index)", Add(), [value, node.input(2)])
            } else {
                value = try activation(fused, value, "step_\(index)", node, builder)
            }
        }
        return [value]
    }

    private static func batchNorm(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let mode = try node.attributes.string("activation_mode", default: "Identity")
        guard try node.attributes.int("num_side_inputs", default: 0) == 0 else {
            throw OsteonError(.unsupported, "side inputs")
        }
        var results = try NormalizationRules.fusedBatchNorm(node, builder)
        guard mode != "Identity", let first = results.first else { return results }
        results[0] = try activation(mode, first, "activation", node, builder)
        return results
    }

    private static func activation(
        _ name: String, _ value: ValueID, _ part: String, _ node: RuleNode, _ builder: GraphBuilder
    ) throws(OsteonError) -> ValueID {
        switch name {
        case "Relu": return try builder.step(part, Relu(), [value])
        case "Relu6":
            let low = try builder.scalar(0, like: value, "low")
            let high = try builder.scalar(6, like: value, "high")
            return try builder.step(part, Clip(), [value, low, high])
        case "Elu": return try builder.step(part, Elu(), [value])
        case "Sigmoid": return try builder.step(part, Sigmoid(), [value])
        case "Tanh": return try builder.step(part, Tanh(), [value])
        case "LeakyRelu":
            return try builder.step(part, LeakyRelu(alpha: try node.attributes.double("leakyrelu_alpha", default: 0.2)), [value])
        default: throw OsteonError(.unsupported, "\(name) fused into it")
        }
    }
}
