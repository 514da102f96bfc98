import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Products and extremes of masked tensors since Keras 3.4: a masked step of one input leaves those of the others as they are.
enum MaskedMerge {
    /// - Throws: `.unsupported` for masked inputs of different ranks.
    static func applies(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> Bool {
        guard builder.dialect.joinsMasksByAny, !call.masks.isEmpty else { return false }
        let rank = try builder.rank(call.input())
        for input in call.inputs where try builder.rank(input) != rank {
            throw OsteonError(.unsupported, "masked tensors of different ranks")
        }
        return true
    }

    /// An input's mask with an axis for the features; nil without.
    private static func flags(_ call: LayerCall, _ index: Int, _ builder: KerasBuilder) throws(OsteonError) -> ValueID? {
        let rank = try builder.rank(call.inputs[index])
        guard let mask = try builder.flags(call.mask(index), rank: rank - 1) else { return nil }
        return try builder.step("mask_\(index)", Unsqueeze(), [mask, builder.integers([-1], "mask_axis_\(index)")])
    }

    /// The product with ones for masked steps; zero where all inputs are masked.
    static func product(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        var result: ValueID?
        var isAny: ValueID?
        var isMaskedWhole = true
        for (index, input) in call.inputs.enumerated() {
            var x = input
            if let flags = try flags(call, index, builder) {
                x = try builder.step("kept_\(index)", Where(), [flags, x, builder.scalar(1, like: x, "one_\(index)")])
                isAny = try isAny.map { (other) throws(OsteonError) in try builder.step("any_\(index)", Or(), [other, flags]) } ?? flags
            } else {
                isMaskedWhole = false
            }
            result = try result.map { (other) throws(OsteonError) in try builder.step("joined_\(index)", Multiply(), [other, x]) } ?? x
        }
        guard let result else { throw OsteonError(.malformed, "It joins no tensors.") }
        guard isMaskedWhole, let isAny else { return result }
        return try builder.step("product", Where(), [isAny, result, builder.scalar(0, like: result, "zero")])
    }

    /// The extreme of those inputs that aren't masked, one after the other.
    static func extreme(_ op: any Operator, _ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> ValueID {
        var y = try call.input()
        var isKept = try flags(call, 0, builder)
        for (index, input) in call.inputs.enumerated().dropFirst() {
            var x = input
            let mask = try flags(call, index, builder)
            if let mask { x = try builder.step("kept_\(index)", Where(), [mask, x, y]) }
            if let isKept { y = try builder.step("before_\(index)", Where(), [isKept, y, x]) }
            if let before = isKept, let mask {
                isKept = try builder.step("any_\(index)", Or(), [before, mask])
            } else {
                isKept = nil
            }
            y = try builder.step("joined_\(index)", op, [y, x])
        }
        return y
    }
}
