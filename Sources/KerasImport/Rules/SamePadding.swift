import Bytes
import GraphIR
import Operators

/// Padding by name (`same`, `valid`, `full`) as the backend that trained a network lays it.
///
/// TensorFlow's `same` depends on the input's extent and puts an odd place at the end. Theano pads the same at any extent: a convolution
/// half its span at the beginning, a pool its extent less one (less two where that's odd and above two), and what's behind the last
/// of `ceil(input / stride)` places is cut off.
enum SamePadding {
    static func convolution(
        _ window: inout SpatialWindow, _ name: String, kernel: [Int], _ dialect: KerasDialect
    ) throws(OsteonError) {
        switch name {
        case "valid": break
        case "same" where dialect.isTheano:
            let spans = try spans(window, kernel)
            let begins = spans.map { $0 / 2 }
            window.pads = begins + zip(spans, begins).map { $0 - 1 - $1 }
        case "same": window.autoPadding = .sameUpper
        case "causal" where kernel.count == 1: window.pads = [try Checked.multiply(kernel[0] - 1, window.dilation(0)), 0]
        case "full":
            let spans = try spans(window, kernel)
            window.pads = (spans + spans).map { $0 - 1 }
        default: throw OsteonError(.unsupported, "padding \(name)")
        }
    }

    static func pool(_ window: inout SpatialWindow, _ name: String, _ dialect: KerasDialect) throws(OsteonError) {
        switch name {
        case "valid": break
        case "same" where dialect.isTheano:
            let begins = window.kernel.map { $0 > 2 && !$0.isMultiple(of: 2) ? $0 - 2 : $0 - 1 }
            window.pads = begins + zip(window.kernel, begins).map { $0 - 1 - $1 }
        case "same": window.autoPadding = .sameUpper
        default: throw OsteonError(.unsupported, "padding \(name)")
        }
    }

    /// The pads of a transposed convolution of Theano's whose output is `output(axis)` places longer than its input times its stride.
    static func transposed(
        _ op: inout TransposedConvolution, kernel: [Int], excess: (Int) throws(OsteonError) -> Int
    ) throws(OsteonError) {
        var begins: [Int] = []
        var ends: [Int] = []
        var extra: [Int] = []
        for (axis, span) in try spans(op.window, kernel).enumerated() {
            guard !kernel[axis].isMultiple(of: 2) else {
                throw OsteonError(.unsupported, "padding same with an even kernel under Theano, which cuts the output to the input's size")
            }
            // The output is (input − 1) · stride + span − begin − end + extra.
            let rest = try span - op.window.stride(axis) - span / 2 - excess(axis)
            begins.append(span / 2)
            ends.append(max(rest, 0))
            extra.append(max(-rest, 0))
        }
        op.window.autoPadding = .explicit
        op.window.pads = begins + ends
        op.outputPadding = extra
    }

    private static func spans(_ window: SpatialWindow, _ kernel: [Int]) throws(OsteonError) -> [Int] {
        var result: [Int] = []
        for (axis, extent) in kernel.enumerated() { result.append(try Checked.add(Checked.multiply(extent - 1, window.dilation(axis)), 1)) }
        return result
    }
}
