import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Losses that some models output beside their results, taken apart as the standard defines them.
enum LossRules {
    static let table: [String: ImportRule] = [
        "NegativeLogLikelihoodLoss": { (node) throws(OsteonError) in
            [try negativeLogLikelihood(node, try node.input(0))]
        },
        "SoftmaxCrossEntropyLoss": { (node) throws(OsteonError) in
            var softmax = LogSoftmax()
            softmax.axis = 1
            let name = node.wants(1) ? node.outputName(1) : "\(node.outputName()).LogSoftmax"
            let probabilities = try node.importer.add(softmax, [try node.input(0)], name: "", outputNames: [name])[0]
            let loss = try negativeLogLikelihood(node, probabilities)
            return node.wants(1) ? [loss, probabilities] : [loss]
        },
    ]

    /// `−Σ weight[target] · x[target]` over the classes of axis 1, reduced as the node says.
    private static func negativeLogLikelihood(_ node: NodeContext, _ x: ValueID) throws(OsteonError) -> ValueID {
        let target = try node.input(1)
        let elementType = node.type(x).elementType
        let indexType = node.type(target).elementType
        let classAxis = try node.constant([1], "class_axis")
        var index = try node.add(Unsqueeze(), [target, classAxis], "index")
        var ignored: ValueID?
        if let number = try node.integer("ignore_index") {
            let mask = try node.add(Equal(), [index, try node.scalar(Double(number), indexType, "ignore_index")], "ignored")
            index = try node.add(Where(), [mask, try node.scalar(0, indexType, "class_0"), index], "safe_index")
            ignored = mask
        }
        var gather = GatherElements()
        gather.axis = 1
        var loss = try node.add(Negate(), [try node.add(gather, [x, index])])
        var weight: ValueID?
        if let given = node.optional(2) { weight = try node.add(Gather(), [given, index], "weight") }
        if let ignored {
            let one: ValueID
            if let weight { one = weight } else { one = try node.scalar(1, elementType, "one") }
            weight = try node.add(Where(), [ignored, try node.scalar(0, elementType, "zero"), one], "kept_weight")
        }
        if let weight { loss = try node.add(Multiply(), [loss, weight], "weighted") }

        switch try node.text("reduction", "mean") {
        case "none": return try node.finish(Squeeze(), [loss, classAxis], outputs: 1)[0]
        case "sum": return try node.finish(ReduceSum(keepDimensions: false), [loss], outputs: 1)[0]
        case "mean":
            guard let weight else { return try node.finish(ReduceMean(keepDimensions: false), [loss], outputs: 1)[0] }
            let total = try node.add(ReduceSum(keepDimensions: false), [loss], "total")
            let weights = try node.add(ReduceSum(keepDimensions: false), [weight], "weights")
            return try node.finish(Divide(), [total, weights], outputs: 1)[0]
        case let other: throw OsteonError(.unsupported, "Attribute reduction is \"\(other)\"; known are mean, none, sum.")
        }
    }
}
