import Bytes
import GraphIR
import Tensors

/// The matrix product of bytes in whole numbers, less their zero points (ONNX's `MatMulInteger`): `y = (a − aZero) · (b − bZero)`, exact
/// and wrapping in `i32`.
///
/// `a` and `b` are `u8` or `i8` and broadcast as in `MatMul`; a zero point has the type of what it belongs to. `aZero` is one number, a
/// list with one for each row of `a`, or broadcasts to `a`; `bZero` is one number, a list with one for each column of `b`, or
/// broadcasts to `b`.
package struct IntegerMatMul: Operator {
    package init() {}

    package static var signature: Signature {
        Signature([.required("a"), .required("b"), .optional("aZero"), .optional("bZero")])
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let a = try context.input(0)
        let b = try context.input(1)
        for (value, zero) in [(a, context.optionalInput(2)), (b, context.optionalInput(3))] { try ZeroPoint.check(value, zero) }
        let product = InferenceContext(inputs: [TensorType(.i32, a.shape), TensorType(.i32, b.shape)])
        return try MatMul().inferTypes(product)
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        MatMul().multiplyAccumulates(inputs: inputs, outputs: outputs)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let a = try context.input(0)
        let b = try context.input(1)
        let aZero = context.optionalInput(2)
        let isRows = aZero?.rank == 1 && aZero?.count != 1
        let operands = [
            try ZeroPoint.remove(aZero, from: a, as: .i32, shape: isRows ? [-1, 1] : nil),
            try ZeroPoint.remove(context.optionalInput(3), from: b, as: .i32, shape: nil),
        ]
        let product = try MatMul().evaluate(operands)[0]
        let y = try context.makeOutput(0, .i32, product.shape)
        y.write(product.bytes)
    }
}
