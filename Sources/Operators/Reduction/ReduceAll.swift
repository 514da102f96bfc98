import Bytes
import GraphIR
import Tensors

/// True where every `x` along the axes is; true of nothing.
package struct ReduceAll: Reduction {
    package var keepDimensions = true
    package var noopWithEmptyAxes = false

    package init() {}

    package static func accepts(_ elementType: ElementType) -> Bool { elementType == .bool }

    package func reduce(_ task: ReductionTask) throws(OsteonError) { try task.run(AllRule.self) }
}

enum AllRule: ReductionRule {
    static var initial: UInt8 { 1 }
    @inline(__always)
    static func include(_ x: UInt8, in state: inout UInt8) { state &= x == 0 ? 0 : 1 }
    static func finish(_ state: UInt8, count: Int) -> UInt8 { state }
}
