import Bytes
import GraphIR
import Tensors

/// `y = max x` over the axes, for numbers and `bool`; NaN where one is. Of nothing: −∞, the least integer, false.
package struct ReduceMaximum: Reduction {
    package var keepDimensions = true
    package var noopWithEmptyAxes = false

    package init() {}

    package static func accepts(_ elementType: ElementType) -> Bool { true }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { [0] }

    package func reduce(_ task: ReductionTask) throws(OsteonError) {
        if task.elementType == .bool {
            try task.run(AnyRule.self)
        } else {
            try dispatch(task.elementType, Body(task: task))
        }
    }

    private struct Body: NumericBody {
        let task: ReductionTask
        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) { try task.run(Reducer<T>.self) }
    }

    private enum Reducer<T: NumericElement>: ReductionRule {
        static var initial: T { .lowest }
        @inline(__always)
        static func include(_ x: T, in state: inout T) { state = .greater(state, x) }
        static func finish(_ state: T, count: Int) -> T { state }
    }
}
