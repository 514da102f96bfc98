import Bytes
import GraphIR
import Tensors

/// The input cut or filled with zeros around its centre so that `axes` (all, where empty) take the extents in `shape`.
///
/// Where the difference is odd, one place more is cut from, or added to, the end.
package struct CenterCropPad: Operator {
    package var axes: [Int] = []

    package init() {}
    package init(axes: [Int]) {
        self.axes = axes
    }

    package static var signature: Signature { Signature([.required("x"), .required("shape")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axes", &axes)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        guard var shape = x.shape else { return [TensorType(x.elementType, nil)] }
        let axes = try Axes.resolve(axes.isEmpty ? Array(shape.indices) : axes, rank: shape.count)
        let wanted = try context.shapeInput(1)
        guard wanted?.count ?? axes.count == axes.count else {
            throw invalidGraph("\(wanted?.count ?? 0) extents for \(axes.count) axes.")
        }
        for (place, axis) in axes.enumerated() { shape[axis] = wanted?[place] ?? .unknown }
        return [TensorType(x.elementType, shape)]
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([0], fill: .number(0)) }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        try unchangedShape(context)
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? (data?.count == count ? data : [Int](repeating: 4, count: count)) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        y.clear()
        guard y.count > 0, x.count > 0 else { return }
        let steps = RowMajor.strides(x.shape)
        let targets = RowMajor.strides(shape)
        var common: [Int] = []
        var from = 0
        var to = 0
        for axis in shape.indices {
            common.append(min(shape[axis], x.shape[axis]))
            from += max(x.shape[axis] - shape[axis], 0) / 2 * steps[axis]
            to += max(shape[axis] - x.shape[axis], 0) / 2 * targets[axis]
        }
        try dispatchWidth(x.elementType, Body(x: x, y: y, common: common, strides: [steps, targets], bases: [from, to]))
    }

    private struct Body: WidthBody {
        let x: Tensor, y: Tensor, common: [Int], strides: [[Int]], bases: [Int]

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            try RowMajor.forEach(common, strides: strides, bases: bases) { (_, offsets) throws(OsteonError) in
                result[offsets[1]] = source[offsets[0]]
            }
        }
    }
}
