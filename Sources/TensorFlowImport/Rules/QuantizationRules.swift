import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Rounding to the integers of a range, as graphs trained for quantisation have it: quantised and dequantised.
///
/// TensorFlow first moves ("nudges") the range so that 0 is one of its steps, and rounds halves up. So the steps are
/// computed as it does, and `QuantizeLinear` gets whole numbers, about which there's no doubt.
enum QuantizationRules {
    static let table: [String: ImportRule] = [
        "FakeQuantWithMinMaxArgs": { (node, builder) throws(OsteonError) in
            let low = try node.attributes.double("min", default: -6)
            let high = try node.attributes.double("max", default: 6)
            let range = try [low, high].map { (bound) throws(OsteonError) in
                builder.constant(try Tensor(scalar: Float(bound)), "bound")
            }
            return try fakeQuantize(node, range[0], range[1], builder)
        },
        "FakeQuantWithMinMaxVars": { (node, builder) throws(OsteonError) in
            try fakeQuantize(node, node.input(1), node.input(2), builder, divides: true)
        },
        "FakeQuantWithMinMaxVarsPerChannel": { (node, builder) throws(OsteonError) in
            try fakeQuantize(node, node.input(1), node.input(2), builder)
        },
        "QuantizeAndDequantizeV2": quantizeAndDequantize, "QuantizeAndDequantizeV3": quantizeAndDequantize,
        "QuantizeAndDequantizeV4": quantizeAndDequantize,
    ]

    /// - Parameters:
    ///   - low: the range's ends: scalars, or numbers for each place of the last axis.
    ///   - divides: whether the kernel divides by the scale; the others multiply by its inverse.
    private static func fakeQuantize(
        _ node: RuleNode, _ low: ValueID, _ high: ValueID, _ builder: GraphBuilder, divides: Bool = false
    ) throws(OsteonError) -> [ValueID] {
        let bits = try node.attributes.int("num_bits", default: 8)
        guard (2...16).contains(bits) else { throw OsteonError(.malformed, "num_bits is \(bits).") }
        let least = try node.attributes.bool("narrow_range", default: false) ? 1 : 0
        let f = Formula(builder)
        let x = try node.input(0)
        let grid = try NudgedRange(low, high, least: least, most: 1 << bits - 1, f)
        let half = try f.number(0.5, like: x)
        let clamped = try f(Maximum(), f(Minimum(), x, grid.high), grid.low)
        let raised = try f(Subtract(), clamped, grid.low)
        let steps = try divides ? f(Divide(), raised, grid.scale) : f(Multiply(), raised, grid.inverse)
        var whole = try f(Floor(), f(Add(), f(Subtract(), steps, grid.stepsToZero), half))
        if let isEmpty = grid.isEmpty { whole = try f(Where(), isEmpty, f.number(0, like: x), whole) }
        // Only channels have an axis of their own.
        let axis = builder.graph.type(grid.scale).rank == 0 ? 1 : -1
        let zero = try f.cast(grid.zeroPoint, bits > 8 ? .u16 : .u8)
        let ones = try f(Expand(), f.number(1, like: x), f.shape(grid.scale))
        let quantized = try f(QuantizeLinear(axis: axis), whole, ones, zero)
        return [try builder.result(DequantizeLinear(axis: axis), [quantized, grid.scale, zero])]
    }
}

/// A range moved so that 0 is a step of it.
private struct NudgedRange {
    let scale: ValueID, inverse: ValueID, zeroPoint: ValueID, low: ValueID, high: ValueID
    /// The steps from the low end to 0.
    let stepsToZero: ValueID
    /// Where both ends are 0, and so is every result; nil where that's nowhere.
    let isEmpty: ValueID?

    /// - Parameter least: the integers that the ends stand for are `least ... most`.
    init(_ low: ValueID, _ high: ValueID, least: Int, most: Int, _ f: Formula) throws(OsteonError) {
        let zero = try f.number(0, like: low)
        let one = try f.number(1, like: low)
        let half = try f.number(0.5, like: low)
        let first = try f.number(Double(least), like: low)
        let last = try f.number(Double(most), like: low)
        let isEmpty = try f(And(), f(Equal(), low, zero), f(Equal(), high, zero))
        let isNowhere = try f.builder.graph.constant(isEmpty)?.integers().allSatisfy { $0 == 0 } ?? false
        self.isEmpty = isNowhere ? nil : isEmpty
        let width = try f(Subtract(), high, low)
        let steps = try f(Subtract(), last, first)
        let step = try f(Divide(), width, steps)
        let perUnit = try f(Divide(), steps, width)
        scale = isNowhere ? step : try f(Where(), isEmpty, one, step)
        inverse = isNowhere ? perUnit : try f(Where(), isEmpty, one, perUnit)
        let place = try f(Subtract(), first, f(Divide(), low, scale))
        let below = try f(Floor(), place)
        let rounded = try f(Where(), f(GreaterOrEqual(), f(Subtract(), place, below), half), f(Add(), below, one), below)
        zeroPoint = try f(Minimum(), f(Maximum(), rounded, first), last)
        self.low = try f(Multiply(), f(Subtract(), first, zeroPoint), scale)
        self.high = try f(Multiply(), f(Subtract(), last, zeroPoint), scale)
        stepsToZero = try f(Floor(), f(Add(), f(Multiply(), f(Negate(), self.low), inverse), half))
    }
}
