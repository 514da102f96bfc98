import Bytes
import GraphIR
import Tensors

/// `y = ln Σ exp(x)` over the axes, in `f64`, shifted by the maximum seen so far so that nothing overflows.
package struct ReduceLogSumExp: Reduction {
    package var keepDimensions = true
    package var noopWithEmptyAxes = false

    package init() {}

    package func reduce(_ task: ReductionTask) throws(OsteonError) {
        try dispatch(task.elementType, Body(task: task))
    }

    private struct Body: NumericBody {
        let task: ReductionTask
        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) { try task.run(Reducer<T>.self) }
    }

    private enum Reducer<T: NumericElement>: ReductionRule {
        static var initial: (maximum: Double, sum: Double) { (-.infinity, 0) }

        @inline(__always)
        static func include(_ x: T, in state: inout (maximum: Double, sum: Double)) {
            let value = x.asDouble
            if value > state.maximum {
                state.sum = state.sum * Double.exp(state.maximum - value) + 1
                state.maximum = value
            } else if value == state.maximum {
                state.sum += 1
            } else {
                state.sum += Double.exp(value - state.maximum)
            }
        }

        static func finish(_ state: (maximum: Double, sum: Double), count: Int) -> T {
            T(clamping: state.maximum + Double.log(state.sum))
        }
    }
}
