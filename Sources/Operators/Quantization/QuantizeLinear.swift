import Bytes
import GraphIR
import Tensors

/// `y = saturate(round(x / scale) + zeroPoint)`, halves rounded to even, to `i8`, `u8`, `i16` or `u16`.
///
/// Scale and zero point are scalars, one number an index of `axis`, or with a `blockSize` one a block along it. The
/// result's type is the zero point's, else `elementType`, else `u8`. `saturate` means nothing to integers; it's kept
/// for files that say it.
package struct QuantizeLinear: AxisQuantization {
    package var axis = 1
    package var blockSize = 0
    package var elementType: ElementType?
    package var saturate = true

    package init() {}
    package init(axis: Int = 1, blockSize: Int = 0, elementType: ElementType? = nil, saturate: Bool = true) {
        self.axis = axis
        self.blockSize = blockSize
        self.elementType = elementType
        self.saturate = saturate
    }
    package var traits: OperatorTraits { .quantizes }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
        try visitor.visit("block_size", &blockSize)
        try visitor.visit("element_type", &elementType)
        try visitor.visit("saturate", &saturate)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        try inferGrid(context, axis: axis, blockSize: blockSize)
        let target = try target(context.optionalInput(2)?.elementType)
        return [TensorType(target, try context.input(0).shape)]
    }

    private func target(_ zeroPoint: ElementType?) throws(OsteonError) -> ElementType {
        let target = zeroPoint ?? elementType ?? .u8
        guard [.i8, .u8, .i16, .u16].contains(target) else {
            throw OsteonError(.unsupported, "Can't quantize to \(target.rawValue), only to i8, u8, i16 and u16.")
        }
        return target
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let scale = try context.input(1)
        let zeroPoint = context.optionalInput(2)
        let grid = try QuantizationGrid(x.shape, scale: scale.shape, axis: axis, blockSize: blockSize)
        if let zeroPoint { try require(zeroPoint.count == scale.count, .invalidGraph, "Scale and zero point differ in shape.") }
        let y = try context.makeOutput(0, target(zeroPoint?.elementType), x.shape)
        let arithmetic: ElementType = x.elementType == .f64 || x.elementType.isInteger ? .f64 : .f32
        let body = Body(
            x: try x.converted(to: arithmetic), scale: try scale.converted(to: arithmetic), zeroPoint: zeroPoint, y: y, grid: grid)
        try dispatchInteger(y.elementType, body)
    }

    private struct Body: IntegerBody {
        let x: Tensor, scale: Tensor, zeroPoint: Tensor?, y: Tensor, grid: QuantizationGrid

        func run<T: IntegerElement>(_ type: T.Type) throws(OsteonError) {
            try dispatchFloat(x.elementType, Rows<T>(x: x, scale: scale, zeroPoint: zeroPoint, y: y, grid: grid))
        }
    }

    private struct Rows<Q: IntegerElement>: FloatBody {
        let x: Tensor, scale: Tensor, zeroPoint: Tensor?, y: Tensor, grid: QuantizationGrid

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(Q.self)
            let scales = scale.elements(T.self)
            let zeroPoints = zeroPoint ?? y  // read where there are some
            let zeros = zeroPoints.elements(Q.self)
            grid.forEachRun { (start, count, parameter, step) in
                for i in 0..<count {
                    let place = parameter + i * step
                    destination[start + i] = quantize(source[start + i], scale: scales[place], zero: zeroPoint == nil ? 0 : zeros[place])
                }
            }
        }
    }
}

/// `saturate(round(x / scale) + zero)`; 0 for NaN before the zero point is added.
@inline(__always)
func quantize<T: FloatElement, Q: IntegerElement>(_ x: T, scale: T, zero: Q) -> Q {
    let steps = (x / scale).rounded(.toNearestOrEven)
    if steps.isNaN { return zero }
    return Q(clamping: Double(steps) + Double(zero))
}
