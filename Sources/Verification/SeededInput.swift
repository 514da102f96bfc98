import Bytes
import Glibc
import Tensors

/// Reproducible input tensors: the same seed, type and shape give the same bits on every machine.
package struct SeededInput: Sendable {
    private var bits: SplitMix64
    private let integerLimit: Int
    /// What integers are below where nothing else is asked for.
    package static let integerLimit = 8

    /// - Parameter integerLimit: integers are below it; 1 makes them all 0, which is in range for any index.
    package init(seed: UInt64, integerLimit: Int = SeededInput.integerLimit) {
        bits = SplitMix64(seed: seed)
        self.integerLimit = max(1, integerLimit)
    }

    /// A tensor for an input: close to standard normal for floats (the sum of twelve uniforms less 6, which needs no
    /// transcendental function), 0 up to the limit for integers, false or true for `bool`.
    package mutating func tensor(_ type: ElementType, _ shape: [Int]) throws(OsteonError) -> Tensor {
        let count = try Checked.product(shape)
        if type.isFloat {
            let result = try Tensor(shape) { (elements: inout MutableSpan<Float>) in
                for i in elements.indices {
                    var sum: Int64 = 0
                    for _ in 0..<3 {  // four 16-bit uniforms a word
                        let word = bits.next()
                        sum += Int64(word & 0xFFFF) + Int64((word >> 16) & 0xFFFF) + Int64((word >> 32) & 0xFFFF) + Int64(word >> 48)
                    }
                    elements[i] = Float(Double(sum) / 65536 - 6)
                }
            }
            return try result.converted(to: type)
        }
        var values: [Int64] = []
        try values.reserveBudgeted(count)
        for _ in 0..<count { values.append(Int64(bits.next() >> 33) % Int64(integerLimit)) }
        return try Tensor(values, shape: shape).converted(to: type)
    }
}
