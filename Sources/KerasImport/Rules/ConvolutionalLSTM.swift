import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// ConvLSTM1D to 3D: an LSTM whose products are convolutions, step by step along axis 1, whose extent must be fixed.
///
/// `i, f, o = gate(W ∗ x + U ∗ h + b)`, `c = f · c + i · activation(…)`, `h = o · activation(c)`; the gates lie i f c o in the filters.
/// What convolves the state has stride 1, no dilation and `same` padding.
enum ConvolutionalLSTM {
    /// The number of spatial axes by class; nil for other classes.
    static func rank(_ className: String) -> Int? {
        let ranks = ["ConvLSTM1D": 1, "ConvLSTM2D": 2, "ConvLSTM3D": 3]
        return ranks[className]
    }

    /// The longest sequence spelled out.
    private static let limit = 512

    /// The parts every step shares.
    private struct Cell {
        var input: Convolution
        var state: Convolution
        var inputWeights: [ValueID]
        var stateWeight: ValueID
        var layout: ChannelLayout
    }

    /// What a whole sequence gives, in the layer's own layout: every step in the order of the input, the one taken last, the last states.
    struct Output {
        var steps: ValueID
        var last: ValueID
        var states: [ValueID]
    }

    /// - Parameters:
    ///   - states: the first states h and c in the layer's own layout; none for zeros.
    ///   - mask: which steps count, [batch, steps]; the others keep the states and give what the step before gave, or zeros where
    ///     `givesZeros`.
    static func run(
        _ call: LayerCall, _ input: ValueID, _ states: [ValueID], mask: ValueID?, givesZeros: Bool, _ builder: KerasBuilder, part: String,
        rank: Int
    ) throws(OsteonError) -> Output {
        let x = try builder.float(input, call)
        let count = try builder.shape(x)
        guard count.count == rank + 3 else { throw OsteonError(.malformed, "Its input has rank \(count.count), not \(rank + 3).") }
        guard let steps = count[1] else { throw OsteonError(.unsupported, "a sequence whose length isn't fixed") }
        guard (1...limit).contains(steps) else { throw OsteonError(.limitExceeded, "A sequence of \(steps) steps.") }
        guard states.isEmpty || states.count == 2 else { throw OsteonError(.malformed, "It's given \(states.count) states.") }
        let layout = try call.configuration.layout(spatialRank: rank)
        let isBackwards = try call.configuration.bool("go_backwards", default: false)
        let cell = try cell(call, x, layout, builder)
        var h: ValueID?
        var c: ValueID?
        if states.count == 2 { (h, c) = (try builder.channelsFirst(states[0], layout), try builder.channelsFirst(states[1], layout)) }
        var results: [ValueID?] = Array(repeating: nil, count: steps)
        var output: ValueID?
        for step in isBackwards ? Array((0..<steps).reversed()) : Array(0..<steps) {
            let name = "\(part)step_\(step)"
            let index = builder.constant(try Tensor(scalar: Int64(step)), "\(name)_index")
            let frame = try builder.channelsFirst(builder.step("\(name)_input", Gather(axis: 1), [x, index]), layout)
            let made = try advance(cell, frame, h, c, call, builder, name)
            var row = made.h
            if let mask {
                let flags = try flags(mask, index, rank, builder, name)
                row = try kept(flags, made.h, givesZeros ? nil : output, builder, "\(name)_output")
                (h, c) = (try kept(flags, made.h, h, builder, "\(name)_h"), try kept(flags, made.c, c, builder, "\(name)_c"))
            } else {
                (h, c) = (made.h, made.c)
            }
            output = row
            results[step] = try builder.step("\(name)_row", Unsqueeze(), [row, builder.integers([1], "\(name)_axis")])
        }
        guard let h, let c, let output else { throw OsteonError(.internalFault, "No step was made.") }
        let joined = try builder.step("\(part)joined", Concat(axis: 1), results)
        guard layout.isChannelsLast else { return Output(steps: joined, last: output, states: [h, c]) }
        var last: [ValueID] = []
        for (index, value) in [output, h, c].enumerated() {
            last.append(try builder.step("\(part)last_\(index)", Transpose(permutation: layout.toChannelsLast), [value]))
        }
        let all = try builder.step("\(part)steps", Transpose(permutation: [0, 1] + Array(3..<rank + 3) + [2]), [joined])
        return Output(steps: all, last: last[0], states: Array(last.dropFirst()))
    }

    /// The mask of one step, with an axis of 1 for each axis of a frame.
    private static func flags(
        _ mask: ValueID, _ index: ValueID, _ rank: Int, _ builder: KerasBuilder, _ name: String
    ) throws(OsteonError) -> ValueID {
        let row = try builder.step("\(name)_mask_row", Gather(axis: 1), [mask, index])
        return try builder.step("\(name)_mask", Unsqueeze(), [row, builder.integers(Array(1..<rank + 2), "\(name)_mask_axes")])
    }

    /// The new value where the step counts, else the old one or zeros.
    private static func kept(
        _ flags: ValueID, _ new: ValueID, _ old: ValueID?, _ builder: KerasBuilder, _ name: String
    ) throws(OsteonError) -> ValueID {
        let other = if let old { old } else { try builder.scalar(0, like: new, "\(name)_zero") }
        return try builder.step(name, Where(), [flags, new, other])
    }

    private static func cell(_ call: LayerCall, _ x: ValueID, _ layout: ChannelLayout, _ builder: KerasBuilder) throws(OsteonError) -> Cell
    {
        let rank = layout.spatialRank
        let extents = try ConvolutionRules.kernelExtents(call, rank)
        let channels = try builder.fixedExtent(x, layout.isChannelsLast ? rank + 2 : 2)
        let filters = try call.configuration.positive("filters", "nb_filter")
        let width = try Checked.multiply(4, filters)
        var input = Convolution()
        var state = Convolution()
        input.window = try ConvolutionRules.window(call, extents, builder.dialect)
        try SamePadding.convolution(&state.window, "same", kernel: extents, builder.dialect)
        var weights = [
            try StoredKernel.read("kernel", call, builder, extents: extents, [channels, width], like: x, isTransposed: false)
        ]
        if try call.configuration.bool("use_bias", "bias", default: true) {
            weights.append(try builder.variable("bias", of: call, shape: [width], like: x))
        }
        let recurrent = try StoredKernel.read(
            "recurrent_kernel", call, builder, extents: extents, [filters, width], like: x, isTransposed: false)
        return Cell(input: input, state: state, inputWeights: weights, stateWeight: recurrent, layout: layout)
    }

    /// One step, channels first.
    private static func advance(
        _ cell: Cell, _ x: ValueID, _ h: ValueID?, _ c: ValueID?, _ call: LayerCall, _ builder: KerasBuilder, _ name: String
    ) throws(OsteonError) -> (h: ValueID, c: ValueID) {
        let axis = cell.layout.isChannelsLast ? 1 : -1
        let activate = { (value: ValueID, names: [String], fallback: String) throws(OsteonError) -> ValueID in
            try builder.activated(value, call.configuration.value(names) ?? .string(fallback), call, lastAxis: axis)
        }
        var sum = try builder.step("\(name)_convolution", cell.input, [x] + cell.inputWeights)
        if let h {
            sum = try builder.step("\(name)_sum", Add(), [sum, builder.step("\(name)_recurrent", cell.state, [h, cell.stateWeight])])
        }
        let parts = try builder.steps("\(name)_gate", Split(axis: 1, count: 4), [sum], count: 4)
        let gate = ["recurrent_activation", "inner_activation"]
        let sigmoid = builder.dialect.major >= 3 ? "sigmoid" : "hard_sigmoid"
        let inputGate = try activate(parts[0], gate, sigmoid)
        var next = try builder.step("\(name)_new", Multiply(), [inputGate, activate(parts[2], ["activation"], "tanh")])
        if let c {
            let kept = try builder.step("\(name)_kept", Multiply(), [activate(parts[1], gate, sigmoid), c])
            next = try builder.step("\(name)_cell", Add(), [kept, next])
        }
        let out = try activate(parts[3], gate, sigmoid)
        return (try builder.step("\(name)_state", Multiply(), [out, activate(next, ["activation"], "tanh")]), next)
    }
}
