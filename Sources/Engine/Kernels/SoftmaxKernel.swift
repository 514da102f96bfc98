import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// A shape seen as [outer, extent, inner] around one axis.
struct AxisView {
    let outer: Int, extent: Int, inner: Int

    /// nil where the axis isn't one of the shape's.
    init?(_ shape: [Int]?, axis: Int) {
        guard let shape else { return nil }
        let axis = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(axis) else { return nil }
        outer = shape[..<axis].reduce(1, &*)
        extent = shape[axis]
        inner = shape[(axis + 1)...].reduce(1, &*)
    }
}

/// Softmax and its logarithm along any axis.
final class SoftmaxKernel: Kernel {
    static let name = "softmax-f32"
    private let loops: Loops
    private let view: AxisView
    private let isLogarithm: Bool

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is Softmax || facts.op is LogSoftmax else { return KernelTable.notMine }
        return facts.refusalUnlessF32
    }

    static func inputsToOverwrite(_ facts: NodeFacts) -> [Int] { [0] }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        let axis = (facts.op as? Softmax)?.axis ?? (facts.op as? LogSoftmax)?.axis ?? -1
        isLogarithm = facts.op is LogSoftmax
        guard let view = AxisView(facts.shape(0), axis: axis) else {
            throw OsteonError(.invalidGraph, "There's no axis \(axis).")
        }
        self.view = view
    }

    func run(_ call: KernelCall) {
        osteon_softmax(
            loops.table, call.floats(0), call.result(), view.outer, view.extent, view.inner, isLogarithm ? 1 : 0, loops.threads)
    }
}

/// The place of the largest element along an axis.
final class ArgMaxKernel: Kernel {
    static let name = "argmax-f32"
    private let loops: Loops
    private let view: AxisView
    private let selectsLast: Bool

    static func refusal(for facts: NodeFacts) -> String? {
        guard let op = facts.op as? ArgMax else { return KernelTable.notMine }
        guard facts.inputs.first??.elementType == .f32, let shape = facts.shape(0) else { return "needs f32 and fixed shapes" }
        guard let view = AxisView(shape, axis: op.axis), view.extent > 0, view.extent < 1 << 31 else { return "an extent is 0" }
        return nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let op = facts.op as? ArgMax, let view = AxisView(facts.shape(0), axis: op.axis) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        self.view = view
        selectsLast = op.selectLastIndex
    }

    func run(_ call: KernelCall) {
        let result = call.outputs[0].unsafeMutableElements(Int64.self).baseAddress
        osteon_argmax(
            loops.table, call.floats(0), result, view.outer, view.extent, view.inner, selectsLast ? 1 : 0, loops.threads)
    }
}

/// Sums, means and maxima over trailing axes, and the global pools.
final class ReduceRowsKernel: Kernel {
    static let name = "reduce-rows-f32"
    private let loops: Loops
    private let width: Int
    private let isMaximum: Bool
    private let factor: Double

    static func refusal(for facts: NodeFacts) -> String? {
        guard
            facts.op is ReduceMean || facts.op is ReduceSum || facts.op is ReduceMaximum || facts.op is GlobalAveragePool
                || facts.op is GlobalMaxPool
        else { return KernelTable.notMine }
        var floats = facts
        floats.inputs = Array(facts.inputs.prefix(1))
        if let reason = floats.refusalUnlessF32 { return reason }
        return width(facts) == nil ? "the axes aren't the last ones" : nil
    }

    /// Elements a result comes from, where those lie together.
    private static func width(_ facts: NodeFacts) -> Int? {
        guard let shape = facts.shape(0) else { return nil }
        var axes: [Int]
        if facts.op is GlobalAveragePool || facts.op is GlobalMaxPool {
            axes = Array(2..<max(shape.count, 2))
        } else {
            guard !facts.has(1) || facts.constant(1) != nil else { return nil }
            axes = (try? facts.constant(1)?.integers()) ?? []
            if axes.isEmpty {
                let isNoop =
                    (facts.op as? ReduceMean)?.noopWithEmptyAxes ?? (facts.op as? ReduceSum)?.noopWithEmptyAxes
                    ?? (facts.op as? ReduceMaximum)?.noopWithEmptyAxes ?? false
                if isNoop { return nil }
                axes = Array(shape.indices)
            }
        }
        let sorted = Set(axes.map { $0 < 0 ? $0 + shape.count : $0 }).sorted()
        guard sorted == Array(shape.count - sorted.count..<shape.count) else { return nil }
        let width = shape.suffix(sorted.count).reduce(1, *)
        return width > 0 ? width : nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let width = Self.width(facts) else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        self.width = width
        isMaximum = facts.op is ReduceMaximum || facts.op is GlobalMaxPool
        factor = facts.op is ReduceSum ? 1 : 1 / Double(width)
    }

    var absorbedInputs: Set<Int> { [1] }

    func run(_ call: KernelCall) {
        osteon_reduce_rows(
            loops.table, call.floats(0), call.result(), call.outputs[0].count, width, isMaximum ? 1 : 0, factor, loops.threads)
    }
}
