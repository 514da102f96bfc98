import Bytes
import GraphIR
import Tensors

/// The mean of the elements in each window.
///
/// Without `countIncludePadding` only elements of `x` count; with it the window's places in the padding do too, but
/// not those that hang over it in ceil mode.
package struct AveragePool: Windowed {
    package var window = SpatialWindow()
    package var ceilMode = false
    package var countIncludePadding = false

    package init() {}
    package init(window: SpatialWindow, ceilMode: Bool = false, countIncludePadding: Bool = false) {
        self.window = window
        self.ceilMode = ceilMode
        self.countIncludePadding = countIncludePadding
    }

    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
        try visitor.visit("ceil_mode", &ceilMode)
        try visitor.visit("count_include_padding", &countIncludePadding)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        [try Pooling.outputType(context.floatInput(), window, ceilMode: ceilMode)]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int { Pooling.work(window, outputs) }
    package func window(inputs: [TensorType?]) -> [WindowAxis]? { window.axes(rank: window.kernel.count) }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? { .spatial(context) }
    package func layer(_ context: InferenceContext) -> LayerTraits? { LayerTraits(.pooling) }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        window.seesSingleElements ? UnchangedInput("windows of one element") : nil
    }

    /// Zeros that count, where the padding that's there counts too or there's none.
    package func absorbing(padding value: Double, _ context: InferenceContext) -> AbsorbedPadding? {
        guard value == 0, !ceilMode, countIncludePadding || window.pads.allSatisfy({ $0 == 0 }) else { return nil }
        return AbsorbedPadding(AveragePool(window: window, countIncludePadding: true))
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let walk = try PoolingWalk(x, window, ceilMode: ceilMode)
        try dispatchFloat(x.elementType, AveragePoolBody(x: x, y: y, walk: walk, includesPadding: countIncludePadding))
    }
}

private struct AveragePoolBody: FloatBody {
    let x: Tensor, y: Tensor, walk: PoolingWalk, includesPadding: Bool

    func run<T: FloatElement>(_ type: T.Type) {
        let source = x.elements(T.self)
        var result = y.mutableElements(T.self)
        walk.forEachWindow { output, plane, window in
            var sum = 0.0
            var count = 0.0
            walk.forEachElement(of: window) { offset in
                sum += Double(source[plane + offset])
                count += 1
            }
            if includesPadding {
                count = Double(window.depth.padded) * Double(window.height.padded) * Double(window.width.padded)
            }
            result[output] = T(count == 0 ? 0 : sum / count)
        }
    }
}
