import Bytes
import GraphIR
import Tensors

/// `y = √Σ x²` over the axes, in `f64`.
package struct ReduceL2: Reduction {
    package var keepDimensions = true
    package var noopWithEmptyAxes = false

    package init() {}

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }

    package func reduce(_ task: ReductionTask) throws(OsteonError) {
        try dispatch(task.elementType, Body(task: task))
    }

    private struct Body: NumericBody {
        let task: ReductionTask
        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) { try task.run(Reducer<T>.self) }
    }

    private enum Reducer<T: NumericElement>: ReductionRule {
        static var initial: Double { 0 }
        @inline(__always)
        static func include(_ x: T, in state: inout Double) { state += x.asDouble * x.asDouble }
        static func finish(_ state: Double, count: Int) -> T { T(clamping: state.squareRoot()) }
    }
}
