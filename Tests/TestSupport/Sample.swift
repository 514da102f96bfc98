import Bytes
import Tensors

/// A small tensor written down in a test: element type, shape and numbers.
package struct Sample: Sendable {
    private enum Numbers: Sendable {
        case doubles([Double])
        case integers([Int])
    }

    package var elementType: ElementType
    package var shape: [Int]
    private var numbers: Numbers

    /// Numbers of any type, rounded as `Tensor.converted(to:)` does; a shape left out means rank 1.
    package init(_ elementType: ElementType, _ values: [Double], _ shape: [Int]? = nil) {
        self.elementType = elementType
        self.shape = shape ?? [values.count]
        numbers = .doubles(values)
    }

    /// Integers, exact to the last bit.
    package init(_ elementType: ElementType, integers: [Int], _ shape: [Int]? = nil) {
        self.elementType = elementType
        self.shape = shape ?? [integers.count]
        numbers = .integers(integers)
    }

    package static func f64(_ values: [Double], _ shape: [Int]? = nil) -> Sample { Sample(.f64, values, shape) }
    package static func f32(_ values: [Double], _ shape: [Int]? = nil) -> Sample { Sample(.f32, values, shape) }
    package static func f16(_ values: [Double], _ shape: [Int]? = nil) -> Sample { Sample(.f16, values, shape) }
    package static func bf16(_ values: [Double], _ shape: [Int]? = nil) -> Sample { Sample(.bf16, values, shape) }
    package static func i64(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.i64, integers: values, shape) }
    package static func i32(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.i32, integers: values, shape) }
    package static func i16(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.i16, integers: values, shape) }
    package static func i8(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.i8, integers: values, shape) }
    package static func u64(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.u64, integers: values, shape) }
    package static func u32(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.u32, integers: values, shape) }
    package static func u16(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.u16, integers: values, shape) }
    package static func u8(_ values: [Int], _ shape: [Int]? = nil) -> Sample { Sample(.u8, integers: values, shape) }
    package static func bool(_ values: [Bool], _ shape: [Int]? = nil) -> Sample {
        Sample(.bool, integers: values.map { $0 ? 1 : 0 }, shape)
    }

    /// A tensor of rank 0.
    package static func scalar(_ elementType: ElementType, _ value: Double) -> Sample { Sample(elementType, [value], []) }

    /// `first, first + step, …` in row-major order.
    package static func ramp(_ elementType: ElementType, _ shape: [Int], from first: Double = 0, step: Double = 1) -> Sample {
        Sample(elementType, (0..<shape.reduce(1, *)).map { first + Double($0) * step }, shape)
    }

    /// Every element the same.
    package static func full(_ elementType: ElementType, _ shape: [Int], _ value: Double) -> Sample {
        Sample(elementType, [Double](repeating: value, count: shape.reduce(1, *)), shape)
    }

    /// Deterministic numbers in −1…1 without a pattern, the same for the same seed.
    package static func noise(_ elementType: ElementType, _ shape: [Int], seed: UInt64 = 1, scale: Double = 1) -> Sample {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        let values = (0..<shape.reduce(1, *)).map { _ -> Double in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return (Double(state >> 11) / Double(1 << 52) - 1) * scale
        }
        return Sample(elementType, values, shape)
    }

    /// The same numbers as another element type.
    package func converted(to elementType: ElementType) -> Sample {
        var copy = self
        copy.elementType = elementType
        return copy
    }

    package func tensor() throws(OsteonError) -> Tensor {
        switch numbers {
        case .doubles(let values): try Tensor(values, shape: shape).converted(to: elementType)
        case .integers(let values): try Tensor(values.map { Int64($0) }, shape: shape).converted(to: elementType)
        }
    }
}
