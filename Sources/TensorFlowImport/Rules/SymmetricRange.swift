import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

extension QuantizationRules {
    /// Rounding to integers by a scale alone: 0 stays where it is, and the range is as wide as its narrower side allows.
    static func quantizeAndDequantize(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let bits =
            try node.inputs.count > 3
            ? builder.constantInteger(node.input(3), "number of bits") : node.attributes.int("num_bits", default: 8)
        guard (2...16).contains(bits) else { throw OsteonError(.unsupported, "\(bits) bits") }
        let isSigned = try node.attributes.bool("signed_input", default: true)
        let isNarrow = try node.attributes.bool("narrow_range", default: false)
        let most = isSigned ? 1 << (bits - 1) - 1 : 1 << bits - 1
        let least = isSigned ? (isNarrow ? -most : -most - 1) : 0
        let axis = try node.attributes.int("axis", default: -1)
        let isGiven = try node.attributes.bool("range_given", default: false)
        let range = try SymmetricRange(x, node, isGiven: isGiven, axis: axis, least: least, most: most, f)
        let clamped = isGiven ? try f(Minimum(), f(Maximum(), x, range.low), range.high) : x
        let steps = try f(Multiply(), clamped, range.stepsPerUnit)
        let whole: ValueID
        switch try node.attributes.string("round_mode", default: "HALF_TO_EVEN") {
        case "HALF_TO_EVEN": whole = try f(Round(), steps)
        case "HALF_UP": whole = try f(Floor(), f(Add(), steps, f.number(0.5, like: x)))
        case let other: throw OsteonError(.malformed, "round_mode is \(other).")
        }
        let type: ElementType = isSigned ? (bits > 8 ? .i16 : .i8) : bits > 8 ? .u16 : .u8
        let scale = axis >= 0 ? try f.reshaped(range.unit, [-1]) : range.unit
        let shape = try f.shape(scale)
        let ones = try f(Expand(), f.number(1, like: x), shape)
        let zeros = try f.filled(shape, type)
        let quantized = try f(QuantizeLinear(axis: max(axis, 0)), whole, ones, zeros)
        return [try builder.result(DequantizeLinear(axis: max(axis, 0)), [quantized, scale, zeros])]
    }
}

/// A range around 0 and the unit that its integers stand for, one for all or one for each place of an axis.
private struct SymmetricRange {
    let low: ValueID, high: ValueID, unit: ValueID, stepsPerUnit: ValueID

    init(
        _ x: ValueID, _ node: RuleNode, isGiven: Bool, axis: Int, least: Int, most: Int, _ f: Formula
    ) throws(OsteonError) {
        var ends: [ValueID]
        if isGiven {
            ends = [try node.input(1), try node.input(2)]
            if axis >= 0 {
                let rank = try f.rank(x)
                let shape = (0..<rank).map { $0 == axis ? -1 : 1 }
                ends = [try f.reshaped(ends[0], shape), try f.reshaped(ends[1], shape)]
            }
        } else if axis >= 0 {
            let others = try f.integers(Array(0..<f.rank(x)).filter { $0 != axis })
            ends = [try f(ReduceMinimum(), x, others), try f(ReduceMaximum(), x, others)]
        } else {
            ends = [try f(ReduceMinimum(keepDimensions: false), x), try f(ReduceMaximum(keepDimensions: false), x)]
        }
        let lowest = try f.number(Double(least), like: x)
        let highest = try f.number(Double(most), like: x)
        let zero = try f.number(0, like: x)
        let none = try f.extreme(f.elementType(x), isLeast: false)
        func side(_ integer: ValueID, _ end: ValueID) throws(OsteonError) -> ValueID {
            try f(Where(), f(Greater(), f(Multiply(), integer, end), zero), f(Divide(), integer, end), none)
        }
        let below = try side(lowest, ends[0])
        let above = try side(highest, ends[1])
        let isBelow = try f(Less(), below, above)
        stepsPerUnit = try f(Where(), isBelow, below, above)
        let fromBelow = least == 0 ? ends[1] : try f(Divide(), ends[0], lowest)
        unit = try f(Where(), isBelow, fromBelow, f(Divide(), ends[1], highest))
        low = try f(Where(), isBelow, ends[0], f(Multiply(), lowest, unit))
        high = try f(Where(), isBelow, f(Multiply(), highest, unit), ends[1])
    }
}
