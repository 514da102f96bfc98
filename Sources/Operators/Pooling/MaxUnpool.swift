import Bytes
import GraphIR
import Tensors

/// Puts the elements back where `MaxPool` took them from, zeros elsewhere.
///
/// `indices` count elements of an output of `(input − 1) · stride + kernel − pads` places an axis. Where `outputShape`
/// (the whole shape, batch and channels too) is given, the output has that shape, and the elements keep their places.
package struct MaxUnpool: Operator {
    package var window = SpatialWindow()

    package init() {}
    package init(window: SpatialWindow) { self.window = window }

    package static var signature: Signature {
        Signature([.required("x"), .required("indices"), .optional("output_shape")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.input(0)
        try context.requireIntegers(1, "indices")
        try Pooling.check(x)
        if context.has(2) { return [TensorType(x.elementType, try wantedShape(context, x))] }
        guard let shape = x.shape else { return [TensorType(x.elementType, nil)] }
        var spatial: [Dimension] = []
        for axis in 2..<shape.count {
            guard let extent = shape[axis].fixed else {
                spatial.append(.unknown)
                continue
            }
            spatial.append(.fixed(try unpooled(axis - 2, rank: shape.count - 2, extent)))
        }
        return [TensorType(x.elementType, Array(shape.prefix(2)) + spatial)]
    }

    private func wantedShape(_ context: InferenceContext, _ x: TensorType) throws(OsteonError) -> [Dimension]? {
        guard let wanted = try context.shapeInput(2) else { return x.shape.map { $0.map { _ in .unknown } } }
        if let rank = x.rank, wanted.count != rank {
            throw invalidGraph("An output shape of \(wanted.count) extents for an input of rank \(rank).")
        }
        return wanted
    }

    /// The extent of a spatial axis before it was pooled.
    private func unpooled(_ axis: Int, rank: Int, _ extent: Int) throws(OsteonError) -> Int {
        guard case .fixed(let kernel) = try window.kernelExtents(rank: rank, weight: nil)[axis] else { return 0 }
        let pads = window.padding(axis, rank: rank)
        let reach = try Checked.add(Checked.multiply(max(extent - 1, 0), window.stride(axis)), kernel)
        let result = try Checked.subtract(reach, Checked.add(pads.begin, pads.end))
        guard result >= 0 else { throw invalidGraph("The pads are more than the output.") }
        return result
    }

    package func selection(_ context: InferenceContext) -> ElementSelection? { ElementSelection([0], fill: .number(0)) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let indices = try context.input(1).integers()
        guard indices.count == x.count else { throw invalidGraph("Input and indices must have one shape.") }
        let shape = try outputShape(context)
        let y = try context.makeOutput(0, x.elementType, shape)
        y.clear()
        // The indices count elements of the shape the window tells, whatever shape was asked for.
        var pooled = Array(x.shape.prefix(2))
        for axis in 2..<x.rank { pooled.append(try unpooled(axis - 2, rank: x.rank - 2, x.shape[axis])) }
        let source = try Checked.product(pooled)
        try dispatchWidth(x.elementType, Body(x: x, y: y, indices: indices, from: pooled, count: source))
    }

    private struct Body: WidthBody {
        let x: Tensor, y: Tensor, indices: [Int], from: [Int], count: Int

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let isSame = from == y.shape
            let strides = RowMajor.strides(from)
            let target = RowMajor.strides(y.shape)
            for (i, index) in indices.enumerated() {
                guard index >= 0, index < (isSame ? result.count : count) else {
                    throw invalidGraph("Index \(index) is outside the output.")
                }
                var place = index
                if !isSame {
                    place = 0
                    for axis in from.indices {
                        let coordinate = index / strides[axis] % from[axis]
                        guard coordinate < y.shape[axis] else {
                            throw invalidGraph("Index \(index) is outside the output.")
                        }
                        place += coordinate * target[axis]
                    }
                }
                result[place] = source[i]
            }
        }
    }
}
