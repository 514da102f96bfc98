import Bytes
import GraphIR
import Tensors

/// Rotates pairs of each head's elements by angles that depend on the place (Su and others 2021; ONNX `RotaryEmbedding`).
///
/// `x` is batch × heads × places × size, or batch × places × heads · size with `heads` told. `cos` and `sin` are tables by
/// position with `positions` (batch × places) into them, or batch × places × half the elements rotated without.
package struct RotaryEmbedding: Operator {
    /// Heads of an input of rank 3.
    package var heads = 0
    /// Whether a pair is two neighbours, instead of one element of each half.
    package var interleaved = false
    /// How many elements of a head are rotated; 0 for all.
    package var rotaryDimension = 0

    package init() {}
    package init(heads: Int, interleaved: Bool = false, rotaryDimension: Int = 0) {
        self.heads = heads
        self.interleaved = interleaved
        self.rotaryDimension = rotaryDimension
    }

    package static var signature: Signature {
        Signature([.required("x"), .required("cos"), .required("sin"), .optional("positions")])
    }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("heads", &heads)
        try visitor.visit("interleaved", &interleaved)
        try visitor.visit("rotary_dimension", &rotaryDimension)
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.floatInput()
        try context.requireOneType([0, 1, 2])
        try context.requireIntegers(3, "positions")
        guard x.rank ?? 4 == 4 || x.rank == 3 else { throw invalidGraph("Needs an input of rank 3 or 4, not \(x).") }
        if x.rank == 3 {
            guard heads >= 1 else { throw invalidGraph("An input of rank 3 needs the number of heads.") }
            if let width = x.shape?[2].fixed, width % heads != 0 {
                throw invalidGraph("\(width) can't be split into \(heads) heads.")
            }
        }
        return [x]
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        guard y.count > 0 else { return }
        let layout = Layout(x.shape, heads: heads)
        let rotated = rotaryDimension == 0 ? layout.size : rotaryDimension
        guard rotated >= 0, rotated <= layout.size, rotated % 2 == 0 else {
            throw invalidGraph("\(rotated) of \(layout.size) elements can't be rotated.")
        }
        let cos = try context.input(1)
        let sin = try context.input(2)
        let half = rotated / 2
        guard cos.shape == sin.shape, cos.shape.last == half else {
            throw invalidGraph("The tables must have \(half) columns.")
        }
        let rows = half == 0 ? 0 : cos.count / half
        let places = layout.batch * layout.places
        let given = try context.integers(3)
        guard given == nil ? rows == places : given?.count == places else {
            throw invalidGraph("The tables don't fit the input.")
        }
        let positions = try Indices.resolve(given ?? Array(0..<places), extent: max(rows, places))
        for position in positions where half > 0 && position >= rows {
            throw invalidGraph("Position \(position) is outside the table.")
        }
        try dispatchFloat(
            x.elementType,
            Body(x: x, y: y, cos: cos, sin: sin, positions: positions, layout: layout, half: half, interleaved: interleaved)
        )
    }

    /// Where the heads' elements lie.
    private struct Layout {
        let batch: Int, heads: Int, places: Int, size: Int
        private let isSplit: Bool

        init(_ shape: [Int], heads given: Int) {
            isSplit = shape.count == 4
            batch = shape[0]
            heads = isSplit ? shape[1] : given
            places = isSplit ? shape[2] : shape[1]
            size = isSplit ? shape[3] : shape[2] / given
        }

        func offset(_ n: Int, _ head: Int, _ place: Int) -> Int {
            (isSplit ? (n * heads + head) * places + place : (n * places + place) * heads + head) * size
        }
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, cos: Tensor, sin: Tensor, positions: [Int], layout: Layout, half: Int, interleaved: Bool

        func run<T: FloatElement>(_ type: T.Type) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let cosines = cos.elements(T.self)
            let sines = sin.elements(T.self)
            for n in 0..<layout.batch {
                for head in 0..<layout.heads {
                    for place in 0..<layout.places {
                        let base = layout.offset(n, head, place)
                        let row = positions[n * layout.places + place] * half
                        for i in 0..<half {
                            let first = base + (interleaved ? 2 * i : i)
                            let second = first + (interleaved ? 1 : half)
                            let a = source[first]
                            let b = source[second]
                            let c = cosines[row + i]
                            let s = sines[row + i]
                            result[first] = c * a - s * b
                            result[second] = s * a + c * b
                        }
                        for i in 2 * half..<layout.size { result[base + i] = source[base + i] }
                    }
                }
            }
        }
    }
}
