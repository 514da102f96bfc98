import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// `ScaleAndTranslate`, which resizes with a filter widened where images shrink: a product with a matrix along either axis.
enum ScalingRules {
    static let table: [String: ImportRule] = ["ScaleAndTranslate": scale]

    private static func scale(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let layout = ChannelLayout(isChannelsLast: true, spatialRank: 2)
        let x = try f.cast(builder.channelsFirst(node.input(0), layout), .f32)
        let sizes = try builder.asInt64(node.input(1))
        let filter = try ResamplingFilter(node.attributes.string("kernel_type", default: "lanczos3"))
        let widens = try node.attributes.bool("antialias", default: true)
        var weights: [ValueID] = []
        for axis in 0..<2 {
            func entry(_ list: ValueID) throws(OsteonError) -> ValueID { try f(Gather(axis: 0), list, f.integer(axis)) }
            let move = Move(scale: try entry(node.input(2)), translation: try entry(node.input(3)), widens: widens)
            weights.append(try matrix(f.extent(x, axis + 2), entry(sizes), move, filter, f))
        }
        let narrow = try f(MatMul(), x, f(Transpose(permutation: [1, 0]), weights[1]))
        return [try builder.channelsLast(f(MatMul(), weights[0], narrow), layout)]
    }

    private struct Move {
        let scale: ValueID, translation: ValueID, widens: Bool
    }

    /// The weight of each old place (a column) for a new one (a row); none where the new one lies outside.
    private static func matrix(
        _ before: ValueID, _ after: ValueID, _ move: Move, _ filter: ResamplingFilter, _ f: Formula
    ) throws(OsteonError) -> ValueID {
        let zero = try f.number(0, like: move.scale)
        let one = try f.number(1, like: move.scale)
        let half = try f.number(0.5, like: move.scale)
        let step = try f(Divide(), one, move.scale)
        let row = try f(Add(), f.cast(f.unsqueezed(f.range(after), [1]), .f32), half)
        let sample = try f(Subtract(), f(Multiply(), row, step), f(Multiply(), step, move.translation))
        let column = try f(Add(), f.cast(f.unsqueezed(f.range(before), [0]), .f32), half)
        var distance = try f(Subtract(), column, sample)
        if move.widens { distance = try f(Divide(), distance, f(Maximum(), step, one)) }
        let weights = try filter.weights(f(Abs(), distance), f)
        let total = try f(ReduceSum(), weights, f.integers([1]))
        let isOutside = try f(Or(), f(Less(), sample, zero), f(Greater(), sample, f.cast(before, .f32)))
        let isNone = try f(Or(), isOutside, f(Equal(), total, zero))
        return try f(Where(), isNone, zero, f(Divide(), weights, total))
    }
}

/// The filters of `ScaleAndTranslate` by their distance from the middle.
private enum ResamplingFilter {
    case lanczos(Double)
    case gaussian, box, triangle
    /// Two cubic polynomials, from the constant on: below 1, and from 1 to 2.
    case cubic([Double], [Double])

    init(_ name: String) throws(OsteonError) {
        switch name {
        case "lanczos1": self = .lanczos(1)
        case "lanczos3": self = .lanczos(3)
        case "lanczos5": self = .lanczos(5)
        case "gaussian": self = .gaussian
        case "box": self = .box
        case "triangle": self = .triangle
        case "keyscubic": self = .cubic([1, 0, -2.5, 1.5], [2, -4, 2.5, -0.5])
        case "mitchellcubic": self = .cubic([8.0 / 9, 0, -2, 7.0 / 6], [16.0 / 9, -10.0 / 3, 2, -7.0 / 18])
        default: throw OsteonError(.malformed, "kernel_type is \(name).")
        }
    }

    func weights(_ x: ValueID, _ f: Formula) throws(OsteonError) -> ValueID {
        func number(_ value: Double) throws(OsteonError) -> ValueID { try f.number(value, like: x) }
        /// What's given below a distance, 0 from there on.
        func bounded(_ radius: Double, _ inside: ValueID) throws(OsteonError) -> ValueID {
            try f(Where(), f(Less(), x, number(radius)), inside, number(0))
        }
        switch self {
        case .lanczos(let radius):
            let angle = try f(Multiply(), x, number(Double.pi))
            let waves = try f(Multiply(), f(Sin(), angle), f(Sin(), f(Divide(), angle, number(radius))))
            let value = try f(Divide(), f(Multiply(), waves, number(radius)), f(Multiply(), angle, angle))
            return try bounded(radius, f(Where(), f(LessOrEqual(), x, number(1e-3)), number(1), value))
        case .gaussian: return try bounded(1.5, f(Exp(), f(Multiply(), f(Multiply(), x, x), number(-2))))
        case .box: return try f(Where(), f(Equal(), x, number(0.5)), number(0.5), bounded(0.5, number(1)))
        case .triangle: return try f(Maximum(), f(Subtract(), number(1), x), number(0))
        case .cubic(let near, let far):
            func polynomial(_ numbers: [Double]) throws(OsteonError) -> ValueID {
                var value = try number(numbers[3])
                for place in [2, 1, 0] { value = try f(Add(), f(Multiply(), value, x), number(numbers[place])) }
                return value
            }
            return try bounded(2, f(Where(), f(Less(), x, number(1)), polynomial(near), polynomial(far)))
        }
    }
}
