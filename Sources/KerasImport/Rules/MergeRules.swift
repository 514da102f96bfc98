import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Layers that join several tensors.
enum MergeRules {
    static let table: [String: LayerRule] = [
        "Add": { (call, builder) throws(OsteonError) in [try fold(Add(), call, builder)] },
        "Subtract": { (call, builder) throws(OsteonError) in [try fold(Subtract(), call, builder)] },
        "Multiply": { (call, builder) throws(OsteonError) in
            [try MaskedMerge.applies(call, builder) ? MaskedMerge.product(call, builder) : fold(Multiply(), call, builder)]
        },
        "Maximum": { (call, builder) throws(OsteonError) in
            [try MaskedMerge.applies(call, builder) ? MaskedMerge.extreme(Maximum(), call, builder) : fold(Maximum(), call, builder)]
        },
        "Minimum": { (call, builder) throws(OsteonError) in
            [try MaskedMerge.applies(call, builder) ? MaskedMerge.extreme(Minimum(), call, builder) : fold(Minimum(), call, builder)]
        },
        "Average": { (call, builder) throws(OsteonError) in [try average(call, builder)] },
        "Concatenate": { (call, builder) throws(OsteonError) in
            [try concatenate(call, builder, axis: call.configuration.int("axis", default: -1))]
        },
        "Dot": { (call, builder) throws(OsteonError) in
            let axes = try call.configuration.optionalInts("axes") ?? []
            return [try dot(call.inputs, builder, axes: axes, normalizes: call.configuration.bool("normalize", default: false))]
        },
        "Merge": merge,
    ]

    /// The inputs with axes of extent 1 put behind the batch of those of lower rank.
    private static func aligned(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        var ranks: [Int] = []
        for input in call.inputs { ranks.append(try builder.rank(input)) }
        let highest = ranks.max() ?? 0
        var result: [ValueID] = []
        for (index, input) in call.inputs.enumerated() {
            guard ranks[index] < highest, ranks[index] > 0 else {
                result.append(input)
                continue
            }
            let axes = try builder.integers(Array(1...highest - ranks[index]), "axes_\(index)")
            result.append(try builder.step("aligned_\(index)", Unsqueeze(), [input, axes]))
        }
        return result
    }

    private static func fold(_ op: any Operator, _ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let inputs = try aligned(call, builder)
        guard var result = inputs.first else { throw OsteonError(.malformed, "It joins no tensors.") }
        for (index, input) in inputs.dropFirst().enumerated() { result = try builder.step("joined_\(index)", op, [result, input]) }
        return result
    }

    private static func average(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        let sum = try fold(Add(), call, builder)
        let count = try builder.scalar(Double(call.inputs.count), like: sum, "count")
        return try builder.step("average", Divide(), [sum, count])
    }

    private static func concatenate(_ call: LayerCall, _ builder: KerasBuilder, axis: Int) throws(OsteonError) -> ValueID {
        try builder.step("joined", Concat(axis: axis), call.inputs.map(Optional.some))
    }

    /// The product over one axis of each of two tensors, item by item.
    private static func dot(
        _ inputs: [ValueID], _ builder: KerasBuilder, axes: [Int], normalizes: Bool = false, part: String = "product"
    ) throws(OsteonError) -> ValueID {
        guard inputs.count == 2, axes.count == 1 || axes.count == 2 else {
            throw OsteonError(.malformed, "It has \(inputs.count) inputs and the axes \(axes).")
        }
        var operands: [ValueID] = []
        var terms: [String] = []
        var letters = Array("bcdefghijklmnopqrstuvwxyz").makeIterator()
        var rest = ""
        for (index, input) in inputs.enumerated() {
            let rank = try builder.rank(input)
            let given = axes.count == 1 ? axes[0] : axes[index]
            let axis = given < 0 ? given + rank : given
            guard axis > 0, axis < rank, rank < 10 else { throw OsteonError(.unsupported, "over axis \(given) of rank \(rank)") }
            var operand = input
            if normalizes {
                let sum = try builder.step("sum_\(index)", ReduceSumSquare(), [input, builder.integers([axis], "axis_\(index)")])
                let bounded = try builder.step("bounded_\(index)", Maximum(), [sum, builder.scalar(1e-12, like: input, "least_\(index)")])
                operand = try builder.step("unit_\(index)", Divide(), [input, builder.step("norm_\(index)", Sqrt(), [bounded])])
            }
            operands.append(operand)
            var term = "a"
            for place in 1..<rank {
                if place == axis {
                    term += "z"
                } else if let letter = letters.next() {
                    term.append(letter)
                    rest.append(letter)
                }
            }
            terms.append(term)
        }
        let product = try builder.step(
            part, Einsum(equation: "\(terms[0]),\(terms[1])->a\(rest)"), operands.map(Optional.some))
        guard rest.isEmpty else { return product }
        return try builder.step("\(part)_column", Unsqueeze(), [product, builder.integers([1], "axis")])
    }

    /// Keras 1's one layer for all of these.
    private static func merge(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        switch try call.configuration.string("mode", default: "sum") {
        case "sum": return [try fold(Add(), call, builder)]
        case "mul": return [try fold(Multiply(), call, builder)]
        case "max": return [try fold(Maximum(), call, builder)]
        case "min": return [try fold(Minimum(), call, builder)]
        case "ave": return [try average(call, builder)]
        case "concat": return [try concatenate(call, builder, axis: call.configuration.int("concat_axis", default: -1))]
        case "dot": return [try dot(call.inputs, builder, axes: dotAxes(call))]
        case "cos": return [try cosine(call, builder, axes: dotAxes(call))]
        case let mode: throw OsteonError(.unsupported, "mode \(mode)")
        }
    }

    /// One axis for both tensors or one for each, which may be nested lists of one number.
    private static func dotAxes(_ call: LayerCall) throws(OsteonError) -> [Int] {
        guard let (values, _) = try call.configuration.numbers("dot_axes"), !values.isEmpty else { return [-1] }
        var result: [Int] = []
        for value in values { result.append(try Checked.int(value)) }
        return result
    }

    /// `a·b / max(√(a·a · b·b), 10⁻⁷)` with an axis of 1 behind the batch, as Keras 1 has it.
    private static func cosine(_ call: LayerCall, _ builder: KerasBuilder, axes: [Int]) throws(OsteonError) -> ValueID {
        let a = try call.input(0)
        let b = try call.input(1)
        let product = try dot(call.inputs, builder, axes: axes)
        let squares = try builder.step(
            "squares", Multiply(), [dot([a, a], builder, axes: axes, part: "first"), dot([b, b], builder, axes: axes, part: "second")])
        let norm = try builder.step("norm", Maximum(), [builder.step("root", Sqrt(), [squares]), builder.scalar(1e-7, like: a, "least")])
        return try builder.step(
            "cosine", Unsqueeze(), [builder.step("quotient", Divide(), [product, norm]), builder.integers([1], "axis")])
    }
}
