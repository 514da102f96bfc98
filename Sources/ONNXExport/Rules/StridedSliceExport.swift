import Bytes
import GraphIR
import Operators
import Tensors

/// NumPy's indexing by bit masks, written as a slice with axes dropped and added around it. Beginnings and ends may be computed.
struct StridedSliceExport {
    /// One axis that's sliced.
    private struct Part {
        /// The place in the lists of beginnings, ends and strides.
        var index: Int
        var axis: Int
        /// The bound that a mask replaces the given one by.
        var start: Int?
        var end: Int?
        var step: Int
        /// Whether one place is taken and the axis dropped.
        var isSingle = false
    }

    private static let last = Int(Int32.max), beforeFirst = Int(Int64.min) / 2

    private let node: ExportNode
    private var parts: [Part] = []
    private var added: [Int] = []

    init(_ node: ExportNode, _ op: StridedSlice) throws(OsteonError) {
        self.node = node
        let rank = try node.rank(node.input(0))
        guard let strides = try node.integers(3, "strides"), strides.count < 64 else {
            throw OsteonError(.unsupported, "Its strides aren't a short constant list.")
        }
        func isSet(_ mask: Int, _ index: Int) -> Bool { mask >> index & 1 == 1 }
        var output = 0
        for part in try op.parts(count: strides.count, rank: rank) {
            switch part {
            case .new:
                added.append(output)
                output += 1
            case .all: output += 1
            case .one(let axis, let place): parts.append(Part(index: place, axis: axis, step: 1, isSingle: true))
            case .range(let axis, let place):
                let step = strides[place]
                parts.append(
                    Part(
                        index: place, axis: axis, start: isSet(op.beginMask, place) ? (step > 0 ? 0 : Self.last) : nil,
                        end: isSet(op.endMask, place) ? (step > 0 ? Self.last : Self.beforeFirst) : nil, step: step))
                output += 1
            }
        }
    }

    func run() throws(OsteonError) {
        var current = try node.input(0)
        if !parts.isEmpty {
            let (starts, ends) = try bounds()
            let axes = try node.constant(parts.map(\.axis), "axes")
            let steps = try node.constant(parts.map(\.step), "steps")
            current = try node.emit("Slice", [current, starts, ends, axes, steps])
        }
        let dropped = parts.filter(\.isSingle).map(\.axis)
        if !dropped.isEmpty { current = try node.emit("Squeeze", [current, try node.constant(dropped, "dropped")]) }
        guard added.isEmpty else { return try node.finish("Unsqueeze", [current, try node.constant(added, "added")]) }
        try node.finish("Identity", [current])
    }

    private func bounds() throws(OsteonError) -> (starts: Operand, ends: Operand) {
        guard let begins = try node.int64(1, "begins"), let ends = try node.int64(2, "ends") else {
            throw OsteonError(.invalidGraph, "Input 1 or 2 is missing.")
        }
        if let first = try begins.constant?.integers(), let last = try ends.constant?.integers() {
            guard parts.allSatisfy({ first.indices.contains($0.index) && last.indices.contains($0.index) }) else {
                throw OsteonError(.invalidGraph, "Its lists are of different lengths.")
            }
            let starts = parts.map { $0.start ?? first[$0.index] }
            let stops = parts.map { $0.end ?? ($0.isSingle ? (first[$0.index] == -1 ? Self.last : first[$0.index] + 1) : last[$0.index]) }
            return (try node.constant(starts, "starts"), try node.constant(stops, "ends"))
        }
        let places = try node.constant(parts.map(\.index), "places")
        let list = TensorType(.i64, [.fixed(parts.count)])
        let given = try node.emit("Gather", [begins, places], role: "given_starts", result: list)
        let starts = try masked(given, parts.map(\.start), "starts")
        var stops = try node.emit("Gather", [ends, places], role: "given_ends", result: list)
        if parts.contains(where: \.isSingle) {
            // One place: up to the next, or to the end where it's the last.
            let isLast = try node.emit(
                "Equal", [given, try node.constant([-1], "minus_one")], role: "is_last", result: TensorType(.bool, nil))
            let next = try node.emit("Add", [given, try node.constant([1], "one")], role: "next", result: list)
            let single = try node.emit("Where", [isLast, try node.constant([Self.last], "last"), next], role: "single_ends", result: list)
            let isSingle = node.constant(try Tensor(parts.map(\.isSingle)), "is_single")
            stops = try node.emit("Where", [isSingle, single, stops], role: "ends_of_single", result: list)
        }
        return (starts, try masked(stops, parts.map(\.end), "ends"))
    }

    /// `bounds`, replaced where a mask overrides them.
    private func masked(_ bounds: Operand, _ replacements: [Int?], _ role: String) throws(OsteonError) -> Operand {
        guard replacements.contains(where: { $0 != nil }) else { return bounds }
        let isMasked = node.constant(try Tensor(replacements.map { $0 != nil }), "masked_\(role)")
        let values = try node.constant(replacements.map { $0 ?? 0 }, "mask_\(role)")
        return try node.emit("Where", [isMasked, values, bounds], role: role, result: bounds.type)
    }
}
