import Bytes
import GraphIR
import Tensors

/// `y = (x − zeroPoint) · scale` for `x` of `i8`, `u8`, `i16`, `u16` or `i32`.
///
/// Scale and zero point are scalars, one number an index of `axis`, or with a `blockSize` one a block along it. The
/// result's type is `elementType`, else the scale's.
package struct DequantizeLinear: AxisQuantization {
    package var axis = 1
    package var blockSize = 0
    package var elementType: ElementType?

    package init() {}
    package init(axis: Int = 1, blockSize: Int = 0, elementType: ElementType? = nil) {
        self.axis = axis
        self.blockSize = blockSize
        self.elementType = elementType
    }
    package var traits: OperatorTraits { .dequantizes }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("block_size", &blockSize)
        try visitor.visit("element_type", &elementType)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        let scale = try context.input(1)
        try check(x.elementType, context.optionalInput(2)?.elementType)
        try inferGrid(context, axis: axis, blockSize: blockSize)
        return [TensorType(elementType ?? scale.elementType, x.shape)]
    }

    private func check(_ x: ElementType, _ zeroPoint: ElementType?) throws(OsteonError) {
        guard [.i8, .u8, .i16, .u16, .i32].contains(x) else {
            throw OsteonError(.unsupported, "Can't dequantize \(x.rawValue), only i8, u8, i16, u16 and i32.")
        }
        guard zeroPoint == nil || zeroPoint == x else {
            throw OsteonError(.invalidGraph, "The zero point must have the input's type, \(x.rawValue).")
        }
        guard elementType?.isFloat != false else {
            throw OsteonError(.invalidGraph, "The result must be floating-point.")
        }
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let scale = try context.input(1)
        let zeroPoint = context.optionalInput(2)
        try check(x.elementType, zeroPoint?.elementType)
        let grid = try QuantizationGrid(x.shape, scale: scale.shape, axis: axis, blockSize: blockSize)
        if let zeroPoint { try require(zeroPoint.count == scale.count, .invalidGraph, "Scale and zero point differ in shape.") }
        let target = elementType ?? scale.elementType
        let arithmetic: ElementType = target == .f64 ? .f64 : .f32
        let y = try context.makeOutput(0, target, x.shape)
        let exact = target.isHalf ? try Tensor(uninitialized: .f32, x.shape) : y
        let body = Body(x: x, scale: try scale.converted(to: arithmetic), zeroPoint: zeroPoint, y: exact, grid: grid)
        try dispatchInteger(x.elementType, body)
        if target.isHalf {
            let rounded = try exact.converted(to: target)
            y.write(rounded.bytes)
        }
    }

    private struct Body: IntegerBody {
        let x: Tensor, scale: Tensor, zeroPoint: Tensor?, y: Tensor, grid: QuantizationGrid

        func run<T: IntegerElement>(_ type: T.Type) throws(OsteonError) {
            try dispatchFloat(scale.elementType, Rows<T>(x: x, scale: scale, zeroPoint: zeroPoint, y: y, grid: grid))
        }
    }

    private struct Rows<Q: IntegerElement>: FloatBody {
        let x: Tensor, scale: Tensor, zeroPoint: Tensor?, y: Tensor, grid: QuantizationGrid

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(Q.self)
            var destination = y.mutableElements(T.self)
            let scales = scale.elements(T.self)
            let zeroPoints = zeroPoint ?? x  // read where there are some
            let zeros = zeroPoints.elements(Q.self)
            grid.forEachRun { (start, count, parameter, step) in
                for i in 0..<count {
                    let place = parameter + i * step
                    let zero = zeroPoint == nil ? 0 : Int64(truncatingIfNeeded: zeros[place])
                    destination[start + i] = T(Int64(truncatingIfNeeded: source[start + i]) - zero) * scales[place]
                }
            }
        }
    }
}
