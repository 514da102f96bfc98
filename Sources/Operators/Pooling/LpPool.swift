import Bytes
import Glibc
import GraphIR
import Tensors

/// The p-norm of the elements in each window: `(Σ |x|^p)^(1/p)`.
package struct LpPool: Operator {
    package var window = SpatialWindow()
    package var ceilMode = false
    package var p = 2

    package init() {}
    package init(window: SpatialWindow, ceilMode: Bool = false, p: Int = 2) {
        self.window = window
        self.ceilMode = ceilMode
        self.p = p
    }

    package static var signature: Signature { .unary }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try window.visitAttributes(&visitor)
        try visitor.visit("ceil_mode", &ceilMode)
        try visitor.visit("p", &p)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        guard p >= 1 else { throw invalidGraph("p can't be \(p).") }
        return [try Pooling.outputType(context.floatInput(), window, ceilMode: ceilMode)]
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int { Pooling.work(window, outputs) }
    package func window(inputs: [TensorType?]) -> [WindowAxis]? { window.axes(rank: window.kernel.count) }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }
    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? { .spatial(context) }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        try dispatchFloat(x.elementType, LpPoolBody(x: x, y: y, walk: PoolingWalk(x, window, ceilMode: ceilMode), p: p))
    }
}

private struct LpPoolBody: FloatBody {
    let x: Tensor, y: Tensor, walk: PoolingWalk, p: Int

    func run<T: FloatElement>(_ type: T.Type) {
        let source = x.elements(T.self)
        var result = y.mutableElements(T.self)
        walk.forEachWindow { output, plane, window in
            var norm = PNorm(p)
            walk.forEachElement(of: window) { offset in norm.add(Double(source[plane + offset])) }
            result[output] = T(norm.value)
        }
    }
}

/// A sum of p-th powers of magnitudes, and its p-th root.
struct PNorm {
    private let p: Int
    private var sum = 0.0

    init(_ p: Int) { self.p = p }

    mutating func add(_ x: Double) {
        switch p {
        case 1: sum += abs(x)
        case 2: sum += x * x
        default: sum += pow(abs(x), Double(p))
        }
    }

    var value: Double {
        switch p {
        case 1: sum
        case 2: sum.squareRoot()
        default: pow(sum, 1 / Double(p))
        }
    }
}
