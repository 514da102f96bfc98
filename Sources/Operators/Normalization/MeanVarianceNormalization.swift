import Bytes
import GraphIR
import Tensors

/// `y = (x − mean) / (√variance + 1e-9)` with the statistics over `axes`.
package struct MeanVarianceNormalization: Operator {
    package var axes = [0, 2, 3]

    package init() {}
    package init(axes: [Int]) { self.axes = axes }
    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("axes", &axes)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try inferFloat(context)
        if let rank = x.rank { _ = try Axes.resolve(axes, rank: rank) }
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let axes = try Axes.resolve(axes, rank: x.rank)
        let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
        let y = try context.makeOutput(0, x.elementType, x.shape)
        try dispatchFloat(x.elementType, Body(x: x, y: y, kept: kept))
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, kept: [Int]

        func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var destination = y.mutableElements(T.self)
            guard !source.isEmpty else { return }
            let groups = RowMajor.count(kept)
            let count = Double(source.count / groups)
            var means = try [Double](budgeted: 0, count: groups)
            var deviations = try [Double](budgeted: 0, count: groups)
            visit { (i, group) in means[group] += Double(source[i]) }
            for group in 0..<groups { means[group] /= count }
            visit { (i, group) in
                let difference = Double(source[i]) - means[group]
                deviations[group] += difference * difference
            }
            for group in 0..<groups { deviations[group] = (deviations[group] / count).squareRoot() + 1e-9 }
            visit { (i, group) in destination[i] = T((Double(source[i]) - means[group]) / deviations[group]) }
        }

        /// Calls `body` with each element's place and that of its statistics.
        @inline(__always)
        private func visit(_ body: (_ element: Int, _ group: Int) -> Void) {
            let (shape, strides) = Broadcast.collapsed(x.shape, [Broadcast.strides(of: kept, in: x.shape)])
            let width = shape.last ?? 1
            let step = strides[0].last ?? 0
            Broadcast.forEachRow(shape, strides) { (row, offsets) in
                for i in 0..<width { body(row * width + i, offsets[0] + i * step) }
            }
        }
    }
}
