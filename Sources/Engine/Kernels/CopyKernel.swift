import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// `Concat`, `Split`, `Transpose`, `Slice` and constant `Pad` as block copies, for any element type.
final class CopyKernel: Kernel {
    static let name = "block-copy"
    /// One block: which input or output it goes between, and where it starts, in bytes.
    private struct Move {
        var input: Int, output: Int
        var fromOffset: Int, toOffset: Int
        var block: osteon_block
    }

    private var moves: [Move] = []
    private let threads: Int32
    private let clearsOutput: Bool
    /// The element that padding consists of, where that isn't all zero bits.
    private var filler: [UInt8] = []

    static func refusal(for facts: NodeFacts) -> String? {
        switch facts.op {
        case is Concat, is Split, is Transpose, is Slice, is Pad: break
        default: return KernelTable.notMine
        }
        for type in [facts.inputs.first ?? nil] + facts.outputs.map(Optional.init) {
            guard let shape = type?.fixedShape else { return "needs fixed shapes" }
            if shape.count > 8 || shape.contains(0) { return "more than 8 axes, or an extent is 0" }
        }
        if facts.op is Concat {
            for case let input? in facts.inputs where input.count == nil || input.count == 0 { return "an extent is 0" }
            return nil
        }
        for index in facts.inputs.indices.dropFirst() where facts.has(index) && facts.constant(index) == nil {
            return "its sizes aren't constant"
        }
        guard let op = facts.op as? Pad else { return nil }
        guard op.mode == .constant else { return "the mode is \(op.mode.rawValue)" }
        return nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        threads = Int32(clamping: facts.threads)
        clearsOutput = facts.op is Pad
        guard let x = facts.shape(0), let y = facts.outputShape, let size = facts.inputs[0]?.elementType.byteCount else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let fromStrides = Self.strides(x, size)
        let toStrides = Self.strides(y, size)
        switch facts.op {
        case let op as Transpose:
            let order = op.permutation.isEmpty ? Array(x.indices.reversed()) : op.permutation
            add(0, 0, y, order.map { fromStrides[$0] }, toStrides, size)
        case let op as Concat:
            let axis = op.axis < 0 ? op.axis + y.count : op.axis
            var offset = 0
            for index in facts.inputs.indices {
                guard let shape = facts.shape(index) else { continue }
                add(index, 0, shape, Self.strides(shape, size), toStrides, size, to: offset)
                offset += shape[axis] * toStrides[axis]
            }
        case let op as Split:
            let axis = op.axis < 0 ? op.axis + x.count : op.axis
            var offset = 0
            for (index, output) in facts.outputs.enumerated() {
                guard let shape = output.fixedShape else { continue }
                add(0, index, shape, fromStrides, Self.strides(shape, size), size, from: offset)
                offset += shape[axis] * fromStrides[axis]
            }
        case is Slice: try addSlice(facts, x, y, fromStrides, toStrides, size)
        default:
            try addPad(facts, x, y, fromStrides, toStrides, size)
            if let value = facts.constant(2) {
                let bytes = Array(value.bytes.prefix(size))
                if bytes.contains(where: { $0 != 0 }) { filler = bytes }
            }
        }
    }

    var absorbedInputs: Set<Int> { clearsOutput ? [1, 2, 3] : [] }

    func run(_ call: KernelCall) {
        if clearsOutput { clear(call.outputs[0]) }
        for index in moves.indices {
            guard let from = call.inputs[moves[index].input]?.unsafeBytes.baseAddress,
                let to = call.outputs[moves[index].output].unsafeMutableBytes.baseAddress
            else { continue }
            osteon_copy_block(&moves[index].block, from + moves[index].fromOffset, to + moves[index].toOffset, threads)
        }
    }

    private func clear(_ output: Tensor) {
        func fill<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) {
            var elements = output.mutableElements(T.self)
            elements.update(repeating: SharedBytes(filler).load(T.self))
        }
        switch filler.count {
        case 0: output.clear()
        case 1: fill(UInt8.self)
        case 2: fill(UInt16.self)
        case 4: fill(UInt32.self)
        default: fill(UInt64.self)
        }
    }

    private static func strides(_ shape: [Int], _ size: Int) -> [Int] {
        var result = [Int](repeating: size, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { result[axis] = result[axis + 1] * shape[axis + 1] }
        return result
    }

    private func addSlice(
        _ facts: NodeFacts, _ x: [Int], _ y: [Int], _ fromStrides: [Int], _ toStrides: [Int], _ size: Int
    ) throws(OsteonError) {
        let starts = try facts.constant(1)?.integers() ?? []
        let axes = try facts.constant(3)?.integers() ?? Array(starts.indices)
        let steps = try facts.constant(4)?.integers() ?? [Int](repeating: 1, count: starts.count)
        var from = fromStrides
        var offset = 0
        for (place, given) in axes.enumerated() {
            let axis = given < 0 ? given + x.count : given
            let start = starts[place] < 0 ? starts[place] &+ x[axis] : starts[place]
            offset += min(max(start, 0), steps[place] > 0 ? x[axis] : x[axis] - 1) * fromStrides[axis]
            from[axis] = y[axis] > 1 ? fromStrides[axis] * steps[place] : fromStrides[axis]
        }
        add(0, 0, y, from, toStrides, size, from: offset)
    }

    private func addPad(
        _ facts: NodeFacts, _ x: [Int], _ y: [Int], _ fromStrides: [Int], _ toStrides: [Int], _ size: Int
    ) throws(OsteonError) {
        let pads = try facts.constant(1)?.integers() ?? []
        let axes = try facts.constant(3)?.integers() ?? Array(x.indices)
        var from = 0
        var to = 0
        var extents = x
        for (place, given) in axes.enumerated() {
            let axis = given < 0 ? given + x.count : given
            let begin = pads[place]
            let first = max(0, -begin)
            from += first * fromStrides[axis]
            to += max(0, begin) * toStrides[axis]
            extents[axis] = max(0, min(x[axis] - first, y[axis] - max(0, begin)))
        }
        guard !extents.contains(0) else { return }
        add(0, 0, extents, fromStrides, toStrides, size, from: from, to: to)
    }

    private func add(
        _ input: Int, _ output: Int, _ shape: [Int], _ from: [Int], _ to: [Int], _ size: Int, from fromOffset: Int = 0, to toOffset: Int = 0
    ) {
        let merged = MergedAxes(shape: shape, strides: [from, to])
        var block = osteon_block()
        block.rank = Int32(merged.shape.count)
        block.element = size
        for axis in merged.shape.indices {
            setElement(&block.extent, axis, merged.shape[axis])
            setElement(&block.from_stride, axis, shape.allSatisfy { $0 == 1 } ? size : merged.strides[0][axis])
            setElement(&block.to_stride, axis, shape.allSatisfy { $0 == 1 } ? size : merged.strides[1][axis])
        }
        moves.append(Move(input: input, output: output, fromOffset: fromOffset, toOffset: toOffset, block: block))
    }
}
