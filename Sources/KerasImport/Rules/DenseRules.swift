import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Matrix products with a weight, and table look-ups.
enum DenseRules {
    static let table: [String: LayerRule] = [
        "Dense": dense, "TimeDistributedDense": dense, "EinsumDense": einsum, "Embedding": embedding,
    ]

    private static func dense(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let inputs = try builder.fixedExtent(x, -1)
        let units = try call.configuration.positive("units", "output_dim")
        let kernel = try builder.variable("kernel", of: call, shape: [inputs, units], like: x)
        var y = try builder.step("product", MatMul(), [x, kernel])
        if try call.configuration.bool("use_bias", "bias", default: true) {
            y = try builder.step("biased", Add(), [y, builder.variable("bias", of: call, shape: [units], like: x)])
        }
        return [try builder.activated(y, call.configuration.value(["activation"]), call)]
    }

    private static func einsum(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        let x = try builder.float(call.input(), call)
        let equation = try call.configuration.string("equation", default: "")
        var y = try builder.step("product", Einsum(equation: equation), [x, builder.anyVariable("kernel", of: call, like: x)])
        if call.configuration.has("bias_axes") {
            y = try builder.step("biased", Add(), [y, builder.anyVariable("bias", of: call, like: x)])
        }
        return [try builder.activated(y, call.configuration.value(["activation"]), call)]
    }

    private static func embedding(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var indices = try call.input()
        if !builder.graph.type(indices).elementType.isInteger { indices = try builder.step("indices", Cast(elementType: .i32), [indices]) }
        let rows = try call.configuration.positive("input_dim")
        let columns = try call.configuration.positive("output_dim")
        let table = try builder.variable("embeddings", of: call, shape: [rows, columns])
        return [try builder.step("rows", Gather(axis: 0), [table, indices])]
    }
}
