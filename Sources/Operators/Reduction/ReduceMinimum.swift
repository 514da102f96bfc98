import Bytes
import GraphIR
import Tensors

/// `y = min x` over the axes, for numbers and `bool`; NaN where one is. Of nothing: ∞, the greatest integer, true.
public struct ReduceMinimum: Reduction {
    public var keepDimensions = true
    public var noopWithEmptyAxes = false

    public init() {}

    public static func accepts(_ elementType: ElementType) -> Bool { true }

    public func reduce(_ task: ReductionTask) throws(OsteonError) {
        if task.elementType == .bool {
            try task.run(AllRule.self)
        } else {
            try dispatch(task.elementType, Body(task: task))
        }
    }

    private struct Body: NumericBody {
        let task: ReductionTask
        func run<T: NumericElement>(_ type: T.Type) throws(OsteonError) { try task.run(Reducer<T>.self) }
    }

    private enum Reducer<T: NumericElement>: ReductionRule {
        static var initial: T { .highest }
        @inline(__always)
        static func include(_ x: T, in state: inout T) { state = .lesser(state, x) }
        static func finish(_ state: T, count: Int) -> T { state }
    }
}
