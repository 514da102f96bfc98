import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Which steps of a tensor count, as Keras attaches it to tensors: a `bool` value, mostly [batch, steps].
enum KerasMask {
    case value(ValueID)
    /// A mask that Keras has and that can't be followed, with the reason: whoever reads it is refused.
    case refused(String)
}

extension KerasBuilder {
    /// The mask as a value of booleans; nil where there's none.
    /// - Throws: `.unsupported` for one that couldn't be followed or that isn't of `rank`.
    func flags(_ mask: KerasMask?, rank: Int? = nil) throws(OsteonError) -> ValueID? {
        switch mask {
        case nil: return nil
        case .refused(let reason)?: throw OsteonError(.unsupported, reason)
        case .value(let value)?:
            let type = graph.type(value).elementType
            guard type == .bool || type.isInteger else { throw OsteonError(.unsupported, "a mask of \(type.rawValue)") }
            if let rank, try self.rank(value) != rank {
                throw OsteonError(.unsupported, "a mask of rank \(try self.rank(value)), not \(rank)")
            }
            return type == .bool ? value : try step("mask_flags", Cast(elementType: .bool), [value])
        }
    }

    /// Where a value isn't a number.
    func differs(_ value: ValueID, from number: Double, _ part: String) throws(OsteonError) -> ValueID {
        try step(part, Not(), [step("\(part)_equal", Equal(), [value, scalar(number, like: value, "\(part)_number")])])
    }

    /// What a score gets added where a mask is false, so that softmax leaves it out.
    func penalty(_ mask: ValueID, like scores: ValueID, _ part: String) throws(OsteonError) -> ValueID {
        guard [.f32, .f64].contains(graph.type(scores).elementType) else {
            throw OsteonError(.unsupported, "a mask in half precision")
        }
        return try step(
            "\(part)_penalty", Where(), [mask, scalar(0, like: scores, "\(part)_kept"), scalar(-1e9, like: scores, "\(part)_left_out")])
    }
}
