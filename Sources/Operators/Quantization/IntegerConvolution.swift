import Bytes
import GraphIR
import Tensors

/// Convolution of bytes in whole numbers, with zero points and a bias (ONNX's `ConvInteger`, and the sum inside `QLinearConv`).
///
/// `y[n, m, o] = bias[m] + Σ (x[n, c, o · stride − pad + k · dilation] − xZero) · (weight[m, c, k] − weightZero[m])`, exact and wrapping in
/// `i32`. `x` is N C [D] [H] W and `weight` M C/groups [D] [H] W, each `u8` or `i8`; a zero point has the type of what it belongs to,
/// `xZero` is one number, `weightZero` one or M. Places outside `x` count as `xZero`, so that they add nothing.
package struct IntegerConvolution: Operator {
    package var window = SpatialWindow()
    package var groups = 1

    package init() {}
    package init(window: SpatialWindow, groups: Int = 1) {
        self.window = window
        self.groups = groups
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("weight"), .optional("xZero"), .optional("weightZero"), .optional("bias")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
        try visitor.visit("groups", &groups)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let weight = try context.input(1)
        let bias = context.optionalInput(4)
        for (value, zero) in [(x, context.optionalInput(2)), (weight, context.optionalInput(3))] {
            try ZeroPoint.check(value, zero)
        }
        if let shape = context.optionalInput(2)?.shape, !shape.allSatisfy({ $0.fixed ?? 1 == 1 }) {
            throw invalidGraph("The input's zero point must be one number, not \(shape).")
        }
        if let bias, bias.elementType != .i32 { throw invalidGraph("A bias must be i32, not \(bias).") }
        let shapes = try ConvolutionShapes(x, weight, groups: groups)
        if let zero = context.optionalInput(3)?.shape, zero.count > 1 || (zero.first?.fixed ?? 1) > 1 {
            try shapes.checkBias(TensorType(weight.elementType, zero), shapes.weight?[0] ?? .unknown)
        }
        return [TensorType(.i32, try shapes.output(window, bias: bias, groups: groups))]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        Convolution(window: window, groups: groups).multiplyAccumulates(inputs: inputs, outputs: outputs)
    }

    package func window(inputs: [TensorType?]) -> [WindowAxis]? { Convolution(window: window, groups: groups).window(inputs: inputs) }

    /// In `f64`, which holds every sum of such products.
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let weight = try context.input(1)
        let y = try context.makeOutput(0, .i32, try outputShape(context))
        let ones = [Int](repeating: 1, count: weight.rank - 1)
        let operands = [
            try ZeroPoint.remove(context.optionalInput(2), from: x, as: .f64, shape: []),
            try ZeroPoint.remove(
                context.optionalInput(3), from: weight, as: .f64, shape: context.optionalInput(3)?.count ?? 1 == 1 ? [] : [-1] + ones),
        ]
        let sums = try Convolution(window: window, groups: groups).evaluate(operands)[0].array(Double.self)
        let bias = try context.optionalInput(4)?.array(Int32.self)
        var result = y.mutableElements(Int32.self)
        guard y.count > 0 else { return }
        let volume = y.shape.dropFirst(2).reduce(1, *)
        let filters = y.shape[1]
        for i in 0..<y.count {
            let start = bias.map { $0[i / volume % filters] } ?? 0
            result[i] = Int32(truncatingIfNeeded: Int64(sums[i])) &+ start
        }
    }
}
