import Bytes
import GraphIR
import Tensors

/// The largest element in each window; optionally also where it lies.
///
/// Padding never wins; of equal elements the first in the window does; NaN wins over all. `indices` counts elements
/// of the whole of `x`, the spatial axes row-major or, with `storageOrder` 1, column-major.
package struct MaxPool: Windowed {
    package var window = SpatialWindow()
    package var ceilMode = false
    package var storageOrder = 0

    package init() {}
    package init(window: SpatialWindow, ceilMode: Bool = false, storageOrder: Int = 0) {
        self.window = window
        self.ceilMode = ceilMode
        self.storageOrder = storageOrder
    }

    package static var signature: Signature { Signature([.required("x")], ["y", "indices"]) }
    package var traits: OperatorTraits { .safeInHalves }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
        try visitor.visit("ceil_mode", &ceilMode)
        try visitor.visit("storage_order", &storageOrder)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let y = try Pooling.outputType(context.input(0), window, ceilMode: ceilMode)
        return [y, TensorType(.i64, y.shape)]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int { Pooling.work(window, outputs) }
    package func window(inputs: [TensorType?]) -> [WindowAxis]? { window.axes(rank: window.kernel.count) }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([0], fill: .lowest, isByOrder: true) }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? { .spatial(context) }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        context.outputCount == 1 && window.seesSingleElements ? UnchangedInput("windows of one element") : nil
    }

    /// What's never taken, or never before an element that's there.
    package func absorbing(padding value: Double, _ context: InferenceContext) -> AbsorbedPadding? {
        guard !ceilMode, context.outputCount == 1, value == -.infinity || value == 0 else { return nil }
        return AbsorbedPadding(self, needsElements: value == 0)
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        let indices = context.outputCount > 1 ? try context.makeOutput(1, .i64, shape) : nil
        let walk = try PoolingWalk(x, window, ceilMode: ceilMode)
        try dispatch(
            x.elementType, MaxPoolBody(x: x, y: y, indices: indices, walk: walk, isColumnMajor: storageOrder == 1))
    }
}

private struct MaxPoolBody: NumericBody {
    let x: Tensor, y: Tensor, indices: Tensor?, walk: PoolingWalk, isColumnMajor: Bool

    func run<T: NumericElement>(_ type: T.Type) {
        let source = x.elements(T.self)
        var result = y.mutableElements(T.self)
        walk.forEachWindow { output, plane, window in
            var best = T.lowest
            var place = -1
            walk.forEachElement(of: window) { offset in
                let value = source[plane + offset]
                if place < 0 || (best == best && (value > best || value != value)) { (best, place) = (value, offset) }
            }
            result[output] = best
            indices?.store(Int64(plane + (isColumnMajor ? columnMajor(max(place, 0)) : max(place, 0))), at: output)
        }
    }

    /// A row-major place in a plane as a column-major one.
    private func columnMajor(_ place: Int) -> Int {
        let (depth, height, width) = (walk.axes[0].input, walk.axes[1].input, walk.axes[2].input)
        let w = place % width
        let h = place / width % height
        let d = place / (width * height)
        return (w * height + h) * depth + d
    }
}
