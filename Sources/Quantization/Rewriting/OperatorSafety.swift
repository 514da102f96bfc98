import GraphIR
import Operators
import Tensors

/// What may be 16-bit floats.
enum HalfSafety {
    /// Operators that may run on 16-bit floats where their inputs are. Normalisations, softmax and reductions go on in f32.
    static func isSafe(_ op: any Operator) -> Bool { !op.traits.isDisjoint(with: [.movesBits, .identity, .view, .safeInHalves]) }

    /// Whether binary16 holds these numbers to its full precision: none beyond its range, none but 0 below its normal numbers.
    static func holds(_ values: [Float]) -> Bool {
        values.allSatisfy { $0 == 0 || (abs($0) <= 65504 && abs($0) >= 0x1p-14) }
    }
}

/// A batch normalisation's statistics and parameters as `y = x · scale + shift`.
struct FoldedNormalization {
    let scales: [Float]
    let shifts: [Float]

    /// nil where the node is no batch normalisation of constant, usable parameters.
    init?(_ node: Node, _ graph: Graph) {
        guard let op = node.op as? BatchNormalization, node.inputs.count == 5 else { return nil }
        var parameters: [[Double]] = []
        for input in node.inputs.dropFirst() {
            guard let tensor = graph.constant(input), tensor.elementType == .f32, let values = try? tensor.doubles() else { return nil }
            parameters.append(values)
        }
        let folded = op.folded(parameters)
        scales = folded.scales.map { Float($0) }
        shifts = folded.shifts.map { Float($0) }
        guard (scales + shifts).allSatisfy(\.isFinite) else { return nil }
    }
}

/// Nodes through which rounding to 8 bits commutes exactly: they move elements, or pick the larger of some.
enum QuantizedMovement {
    static func isExact(_ node: Node, _ graph: Graph) -> Bool {
        let context = graph.context(node)
        guard let selection = node.op.selection(context), selection.fillsNothing || selection.fillsWithZeros(context) else { return false }
        // All floats that are computed go through, and nothing else does.
        return context.inputs.indices.allSatisfy { index in
            let isData = context.inputs[index]?.elementType == .f32 && context.constant(index) == nil
            return isData == selection.inputs.contains(index)
        }
    }
}
