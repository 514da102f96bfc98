import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// The variables of Keras 1's recurrent layers, which had three for each gate (`W_i`, `U_i`, `b_i`, …), joined as Keras 2 has them.
///
/// A layer with `consume_less` "gpu" had them joined already. Layers may lie in wrappers and nested models.
enum SplitGates {
    /// For each slot the place of its pieces, joined along one axis.
    private struct Group {
        /// How many variables of the file it takes.
        var count: Int
        /// The gates in the order of Keras 2 by their places in that of Keras 1; empty for a variable as it is.
        var gates: [Int] = []
        /// Whether kernels have their filters in front.
        var isFirst = false
    }

    /// The variables of `slots` among those of a file; nil where their count isn't that of split gates.
    static func joined(_ stored: [StoredVariable], _ slots: [PlacedSlot]) -> [StoredVariable]? {
        var groups: [Group] = []
        var place = 0
        while place < slots.count {
            groups.append(group(slots, at: place))
            place += groups[groups.count - 1].gates.isEmpty ? 1 : 3
        }
        guard groups.reduce(0, { $0 + $1.count }) == stored.count else { return nil }
        var result: [StoredVariable] = []
        var next = 0
        for group in groups {
            if group.gates.isEmpty {
                result.append(stored[next])
            } else {
                for part in 0..<3 {
                    let pieces = group.gates.map { stored[next + 3 * $0 + part] }
                    result.append(joined(pieces, axis: group.isFirst && part < 2 ? 0 : max(pieces[0].shape.count - 1, 0)))
                }
            }
            next += group.count
        }
        return result
    }

    private static func group(_ slots: [PlacedSlot], at place: Int) -> Group {
        let layer = slots[place].layer
        let own = slots[place...].prefix(3).filter { $0.layer === layer }.map(\.slot.name)
        guard own == ["kernel", "recurrent_kernel", "bias"], layer.configuration.value(["consume_less"]) != "gpu" else {
            return Group(count: 1)
        }
        switch layer.className {
        case "LSTM": return Group(count: 12, gates: [0, 2, 1, 3])  // i c f o to i f c o
        case "ConvLSTM2D":
            let isLast = (try? layer.configuration.layout(spatialRank: 2).isChannelsLast) ?? true
            return Group(count: 12, gates: [0, 2, 1, 3], isFirst: !isLast)
        case "GRU": return Group(count: 9, gates: [0, 1, 2])
        default: return Group(count: 1)
        }
    }

    private static func joined(_ pieces: [StoredVariable], axis: Int) -> StoredVariable {
        var shape = pieces[0].shape
        if shape.indices.contains(axis) { shape[axis] = pieces.reduce(0) { $0 &+ ($1.shape.indices.contains(axis) ? $1.shape[axis] : 0) } }
        return StoredVariable(
            name: pieces.map(\.name).joined(separator: ", "), shape: shape,
            read: { () throws(OsteonError) in
                var tensors: [Tensor?] = []
                for piece in pieces { tensors.append(try piece.read()) }
                guard let result = try Concat(axis: axis).evaluate(tensors).first else {
                    throw OsteonError(.internalFault, "Gates without a result.")
                }
                return result
            })
    }
}
