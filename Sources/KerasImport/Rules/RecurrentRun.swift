import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// One direction of a recurrent layer over its input.
struct RecurrentRun {
    /// What it gives: all steps in the order of the input, the output of the step taken last, and the last states.
    struct Result {
        var steps: ValueID
        var last: ValueID
        var states: [ValueID]
    }

    private let call: LayerCall
    private let builder: KerasBuilder
    private let part: String
    private let isBackwards: Bool
    /// Whether masked steps give zeros, not what the step before them gave.
    private let givesZeros: Bool

    init(_ call: LayerCall, givesZeros: Bool, part: String, _ builder: KerasBuilder) throws(OsteonError) {
        self.call = call
        self.builder = builder
        self.part = part
        self.givesZeros = givesZeros
        let configuration = call.configuration
        isBackwards = try configuration.bool("go_backwards", default: false)
        guard try !configuration.bool("time_major", default: false) else { throw OsteonError(.unsupported, "time_major") }
        guard try configuration.int("num_constants", default: 0) == 0 else { throw OsteonError(.unsupported, "constants of its cell") }
        if try configuration.bool("stateful", default: false) {
            builder.note("\(call.layer.path) keeps its state between calls; each run starts from zeros")
        }
    }

    func run(_ input: ValueID, _ states: [ValueID]) throws(OsteonError) -> Result {
        let mask = try builder.flags(call.mask, rank: 2)
        if mask != nil { try checkMask() }
        if let rank = ConvolutionalLSTM.rank(call.layer.className) {
            let made = try ConvolutionalLSTM.run(
                call, input, states, mask: mask, givesZeros: givesZeros && builder.dialect.major >= 3, builder, part: part, rank: rank)
            return Result(steps: made.steps, last: made.last, states: made.states)
        }
        let cells = try cells()
        let x = try builder.float(input, call)
        guard try builder.rank(x) == 3 else { throw OsteonError(.malformed, "Its input has rank \(try builder.rank(x)), not 3.") }
        let count = cells.reduce(0) { $0 + $1.kind.stateCount }
        guard states.isEmpty || states.count == count else {
            throw OsteonError(.malformed, "It's given \(states.count) states, its cells have \(count).")
        }
        let plan = try mask.map { (mask) throws(OsteonError) in try MaskedSteps(mask, builder, part) }
        var y = try plan?.compacted(x, builder, part) ?? x
        var last: [ValueID] = []
        for (index, cell) in cells.enumerated() {
            let first = states.isEmpty ? [] : Array(states[last.count..<last.count + cell.kind.stateCount])
            let made = try RecurrentCell.run(
                cell.call, cell.kind, y, lengths: plan?.lengths, states: first, isBackwards: isBackwards, builder,
                part: index == 0 ? part : "\(part)cell_\(index)_")
            y = made.steps
            last += made.states
        }
        let output = last[last.count - (cells.last?.kind.stateCount ?? 1)]
        guard let plan else { return Result(steps: y, last: output, states: last) }
        return Result(
            steps: try plan.spread(y, isBackwards: isBackwards, givesZeros: givesZeros, builder, part),
            last: try plan.last(output, isBackwards: isBackwards, givesZeros: givesZeros, builder, part), states: last)
    }

    private func checkMask() throws(OsteonError) {
        guard !call.layer.className.hasPrefix("CuDNN") else { throw OsteonError(.unsupported, "a mask, which cuDNN's layers don't take") }
        // Keras zeroes such steps by the mask the wrong way round.
        if isBackwards, givesZeros, try call.configuration.bool("unroll", default: false) {
            throw OsteonError(.unsupported, "a mask on unrolled steps taken backwards")
        }
    }

    /// The cells a step goes through: the layer itself, or those an RNN holds.
    private func cells() throws(OsteonError) -> [(call: LayerCall, kind: RecurrentKind)] {
        if let kind = RecurrentKind(call.layer.className) { return [(call, kind)] }
        guard let cell = call.layer.wrapped.first else { throw OsteonError(.malformed, "It has no cell.") }
        if cell.className == "StackedRNNCells", try cell.configuration.bool("reverse_state_order", default: false) {
            throw OsteonError(.unsupported, "cells whose states are in reverse order")
        }
        var result: [(call: LayerCall, kind: RecurrentKind)] = []
        for cell in cell.className == "StackedRNNCells" ? cell.wrapped : [cell] {
            guard cell.package.isEmpty, let kind = RecurrentKind(cell.className) else {
                throw OsteonError(.unsupported, "the cell \(cell.title)")
            }
            result.append((LayerCall(cell, []), kind))
        }
        guard !result.isEmpty else { throw OsteonError(.malformed, "It has no cell.") }
        return result
    }
}
