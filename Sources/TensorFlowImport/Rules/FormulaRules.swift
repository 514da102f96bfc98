import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Functions of elements that are spelled out by others.
enum FormulaRules {
    static let table: [String: ImportRule] = [
        "Atan2": angle, "Xdivy": guarded { (f, x, y) throws(OsteonError) in try f(Divide(), x, y) },
        "Xlogy": guarded { (f, x, y) throws(OsteonError) in try f(Multiply(), x, f(Log(), y)) },
        "Xlog1py": guarded { (f, x, y) throws(OsteonError) in try f(Multiply(), x, f(Log1P(), y)) },
        "LeftShift": shift(.left), "RightShift": shift(.right), "Bucketize": bucketize, "ApproximateEqual": approximatelyEqual,
        "Cross": cross, "L2Loss": halfSquares, "LinSpace": linearSpace, "CompareAndBitpack": packBits,
        "SoftmaxCrossEntropyWithLogits": crossEntropy, "SparseSoftmaxCrossEntropyWithLogits": sparseCrossEntropy,
        "Bitcast": bitcast,
    ]

    /// The angle of the point (x, y), in all four quadrants and on the axes, signed zeros and infinities included.
    private static func angle(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let y = try node.input(0)
        let x = try node.input(1)
        let zero = try f.number(0, like: x)
        // −0 is negative here, which its reciprocal tells.
        func isNegative(_ value: ValueID) throws(OsteonError) -> ValueID {
            let isMinusZero = try f(And(), f(Equal(), value, zero), f(Less(), f(Reciprocal(), value), zero))
            return try f(Or(), f(Less(), value, zero), isMinusZero)
        }
        let width = try f(Abs(), x)
        let height = try f(Abs(), y)
        let ratio = try f(Where(), f(Equal(), width, height), f.number(1, like: x), f(Divide(), height, width))
        let acute = try f(Atan(), f(Where(), f(And(), f(Equal(), height, zero), f(Equal(), width, zero)), zero, ratio))
        let upper = try f(Where(), isNegative(x), f(Subtract(), f.number(Double.pi, like: x), acute), acute)
        return [try f.result(f(Where(), isNegative(y), f(Negate(), upper), upper))]
    }

    /// A function of x and y that is 0 wherever x is, whatever y.
    private static func guarded(
        _ value: @escaping @Sendable (Formula, ValueID, ValueID) throws(OsteonError) -> ValueID
    ) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let f = Formula(builder)
            let x = try node.input(0)
            let zero = try f.number(0, like: x)
            return [try f.result(f(Where(), f(Equal(), x, zero), zero, value(f, x, node.input(1))))]
        }
    }

    /// Shifts of bits; as TensorFlow's kernel does, by 0 at least and the width less 1 at most.
    private static func shift(_ direction: BitShift.Direction) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let f = Formula(builder)
            let x = try node.input(0)
            let most = Double(8 * f.elementType(x).byteCount - 1)
            let count = try f(Clip(), node.input(1), f.number(0, like: x), f.number(most, like: x))
            return [try f.result(f(BitShift(direction: direction), x, count))]
        }
    }

    /// How many boundaries an element isn't below.
    private static func bucketize(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        var x = try node.input(0)
        if !f.elementType(x).isFloat { x = try f.cast(x, .f32) }
        let numbers = try node.attributes.doubles("boundaries")
        let boundaries = builder.constant(try Tensor(numbers).converted(to: f.elementType(x)), "boundaries")
        let isReached = try f(Not(), f(Less(), f.unsqueezed(x, [-1]), boundaries))
        return [try f.result(f(ReduceSum(keepDimensions: false), f.cast(isReached, .i32), f.integers([-1])))]
    }

    private static func approximatelyEqual(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let tolerance = try f.number(node.attributes.double("tolerance", default: 1e-5), like: x)
        return [try f.result(f(Less(), f(Abs(), f(Subtract(), x, node.input(1))), tolerance))]
    }

    /// The vector product along the last axis.
    private static func cross(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let a = try node.input(0)
        let b = try node.input(1)
        func turned(_ value: ValueID, _ order: [Int]) throws(OsteonError) -> ValueID { try f(Gather(axis: -1), value, f.integers(order)) }
        let left = try f(Multiply(), turned(a, [1, 2, 0]), turned(b, [2, 0, 1]))
        let right = try f(Multiply(), turned(a, [2, 0, 1]), turned(b, [1, 2, 0]))
        return [try f.result(f(Subtract(), left, right))]
    }

    private static func halfSquares(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let sum = try f(ReduceSumSquare(keepDimensions: false), node.input(0))
        return [try f.result(f(Multiply(), sum, f.number(0.5, like: sum)))]
    }

    /// Numbers from the first to the last in even steps; both are met exactly.
    private static func linearSpace(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let start = try node.input(0)
        let stop = try node.input(1)
        let type = f.elementType(start)
        let count = try builder.asInt64(node.input(2))
        let last = try f(Subtract(), count, f.integer(1))
        let places = try f.range(count)
        let step = try f(Divide(), f(Subtract(), stop, start), f.cast(last, type))
        let inner = try f(Add(), start, f(Multiply(), step, f.cast(places, type)))
        let ended = try f(Where(), f(Equal(), places, last), stop, inner)
        return [try f.result(f(Where(), f(Equal(), places, f.integer(0)), start, ended))]
    }

    /// Eight comparisons along the last axis as the bits of one byte, the first highest.
    private static func packBits(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let rank = try f.rank(x)
        guard rank > 0 else { throw OsteonError(.malformed, "Bits are packed along an axis; this is a scalar.") }
        var isSet = x
        if f.elementType(x) != .bool { isSet = try f(Greater(), x, node.input(1)) }
        let shape = Array(repeating: 0, count: rank - 1) + [-1, 8]
        let bits = try f.reshaped(f.cast(isSet, .i32), shape)
        let weights = builder.constant(try Tensor([128, 64, 32, 16, 8, 4, 2, 1].map { Int32($0) }), "weights")
        let sum = try f(ReduceSum(keepDimensions: false), f(Multiply(), bits, weights), f.integers([-1]))
        return [try f.result(f.cast(sum, .u8))]
    }

    /// The loss a row, and its derivative by the logits.
    private static func crossEntropy(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let logits = try node.input(0)
        let labels = try node.input(1)
        let product = try f(Multiply(), labels, f(LogSoftmax(axis: -1), logits))
        let loss = try f(Negate(), f(ReduceSum(keepDimensions: false), product, f.integers([-1])))
        return [try f.result(loss), try f(Subtract(), f(Softmax(axis: -1), logits), labels)]
    }

    private static func sparseCrossEntropy(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let logits = try node.input(0)
        let labels = try builder.asInt64(node.input(1))
        let picked = try f(GatherND(batchDimensions: 1), f(LogSoftmax(axis: -1), logits), f.unsqueezed(labels, [-1]))
        let loss = try f.result(f(Negate(), picked))
        let classes = try f.range(f.extent(logits, -1))
        let isLabel = try f.cast(f(Equal(), f.unsqueezed(labels, [-1]), classes), f.elementType(logits))
        return [loss, try f(Subtract(), f(Softmax(axis: -1), logits), isLabel)]
    }

    /// The same bits as another type of the same width.
    private static func bitcast(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let x = try node.input(0)
        guard let type = try node.attributes.type("type") else { throw OsteonError(.malformed, "The attribute type is missing.") }
        guard type.byteCount == builder.graph.type(x).elementType.byteCount else {
            throw OsteonError(.unsupported, "bits taken as a type of another width")
        }
        return [try builder.result(BitCast(type), [x])]
    }
}
