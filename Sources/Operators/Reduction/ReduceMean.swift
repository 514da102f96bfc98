import Bytes
import GraphIR
import Tensors

/// `y = Σ x / n` over the axes; floats are summed in `f64`, integers truncate. Of nothing: NaN, or 0 for integers.
package struct ReduceMean: Reduction {
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
        static var initial: T.Wide { .zero }
        @inline(__always)
        static func include(_ x: T, in state: inout T.Wide) { state = .adding(state, x.wide) }
        static func finish(_ state: T.Wide, count: Int) -> T { T(narrowing: .dividing(state, T.Wide(clamping: Double(count)))) }
    }
}
