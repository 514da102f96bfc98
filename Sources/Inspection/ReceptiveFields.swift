import GraphIR

/// How much of the input each value sees along each spatial axis.
///
/// Sliding windows widen the field by `(kernel − 1) · dilation` steps of the current spacing and multiply the
/// spacing by their stride (Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks",
/// Distill 2019). Where branches meet the wider field counts. Statistics of a normalisation aren't counted.
struct ReceptiveFields {
    private struct Field {
        var extent: [Double]
        var spacing: [Double]
    }

    private enum State {
        /// Each place by itself, before any window.
        case point
        case field(Field)
        /// Depends on the whole input.
        case whole
    }

    private var states: [ValueID: State] = [:]

    /// Operators whose outputs see all positions.
    private static let global: Set<String> = [
        "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "ReduceMean", "ReduceSum", "ReduceMaximum",
        "ReduceMinimum", "MatMul", "Gemm", "Attention", "Einsum", "CumSum",
    ]

    init(_ graph: Graph, order: [NodeID]) {
        for input in graph.inputs { states[input] = .point }
        for id in order {
            let node = graph[id]
            let merged = Self.merge(node.inputs.compactMap { $0.flatMap { states[$0] } })
            guard let merged else { continue }
            let types = node.inputs.map { $0.map(graph.type) }
            let next: State
            if let window = node.op.window(inputs: types) {
                next = Self.slide(merged, window)
            } else {
                next = Self.global.contains(type(of: node.op).id) ? .whole : merged
            }
            for output in node.outputs { states[output] = next }
        }
    }

    /// nil where it's the whole input, or more than can be counted.
    subscript(value: ValueID) -> [Int]? {
        guard case .field(let field)? = states[value] else { return nil }
        // Past the whole numbers a double holds exactly nothing can be distinguished any more: it sees everything.
        let largest = 0x1p53
        return field.extent.allSatisfy { $0 < largest } ? field.extent.map { Int($0.rounded(.up)) } : nil
    }

    private static func merge(_ states: [State]) -> State? {
        var result: State?
        for state in states {
            switch (result, state) {
            case (nil, _): result = state
            case (.whole?, _): break
            case (_, .whole): result = .whole
            case (.point?, _): result = state
            case (_, .point): break
            case (.field(let a)?, .field(let b)):
                guard a.extent.count == b.extent.count else { break }
                result = .field(Field(extent: zip(a.extent, b.extent).map { max($0, $1) }, spacing: a.spacing))
            }
        }
        return result
    }

    private static func slide(_ state: State, _ window: [WindowAxis]) -> State {
        var field: Field
        switch state {
        case .whole: return .whole
        case .point: field = Field(extent: window.map { _ in 1 }, spacing: window.map { _ in 1 })
        case .field(let known):
            guard known.extent.count == window.count else { return state }
            field = known
        }
        for (axis, step) in window.enumerated() {
            // An upsampling window reads ⌈kernel · stride⌉ input places at most.
            let taps = step.stride < 1 ? (Double(step.kernel) * step.stride).rounded(.up) : Double(step.kernel)
            field.extent[axis] += (max(taps, 1) - 1) * Double(step.dilation) * field.spacing[axis]
            field.spacing[axis] *= step.stride
        }
        return .field(field)
    }
}
