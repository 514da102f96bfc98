import Bytes
import GraphIR
import Tensors

/// A new axis of `depth` places: `values[1]` at the place each index names, `values[0]` at the others.
///
/// Negative indices count from the end; an index outside the axis leaves all its places off.
package struct OneHot: Operator {
    package var axis = -1

    package init() {}
    package init(axis: Int) {
        self.axis = axis
    }

    package static var signature: Signature { Signature([.required("indices"), .required("depth"), .required("values")]) }
    package var traits: OperatorTraits { .movesBits }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axis", &axis)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let indices = try context.input(0)
        let values = try context.input(2)
        if let count = values.count, count != 2 { throw invalidGraph("values must be two numbers.") }
        if let count = try context.input(1).count, count != 1 { throw invalidGraph("depth must be one number.") }
        guard var shape = indices.shape else { return [TensorType(values.elementType, nil)] }
        let place = try Axes.resolve(axis, rank: shape.count + 1)
        let depth = try context.constant(1).map { (tensor) throws(OsteonError) in try Self.depth(tensor) }
        shape.insert(depth.map(Dimension.fixed) ?? .unknown, at: place)
        return [TensorType(values.elementType, shape)]
    }

    private static func depth(_ tensor: Tensor) throws(OsteonError) -> Int {
        let depth = try Checked.int(tensor.converted(to: .i64).array(Int64.self)[0])
        guard depth >= 0 else { throw invalidGraph("depth can't be \(depth).") }
        return depth
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 1 ? [Int](repeating: 8, count: count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let indices = try context.input(0).converted(to: .i64)
        let values = try context.input(2)
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, values.elementType, shape)
        guard y.count > 0 else { return }
        let place = try Axes.resolve(axis, rank: shape.count)
        try dispatchWidth(
            values.elementType,
            Body(indices: indices, values: values, y: y, depth: shape[place], inner: RowMajor.count(shape[(place + 1)...])))
    }

    private struct Body: WidthBody {
        let indices: Tensor, values: Tensor, y: Tensor, depth: Int, inner: Int

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            let source = indices.elements(Int64.self)
            let pair = values.elements(T.self)
            var result = y.mutableElements(T.self)
            result.update(repeating: pair[0])
            for i in source.indices {
                let index = Int(source[i]) < 0 ? Int(source[i]) + depth : Int(source[i])
                guard index >= 0, index < depth else { continue }
                result[(i / inner * depth + index) * inner + i % inner] = pair[1]
            }
        }
    }
}
