/// Damaged copies of a file, drawn from a seed, so that a failure can be found again.
package struct Damage {
    private let whole: [UInt8]
    private var random: SplitMix64

    package init(_ whole: some Sequence<UInt8>, seed: UInt64) {
        self.whole = Array(whole)
        random = SplitMix64(seed: seed)
    }

    /// A whole number from 0 up to and without `bound`.
    package mutating func draw(_ bound: Int) -> Int { random.index(below: bound) }

    /// The file cut off somewhere.
    package mutating func truncated() -> [UInt8] { Array(whole.prefix(draw(whole.count))) }

    /// The file with one to `most` bytes replaced.
    /// - Parameter front: half of them lie in this share of the file, at its start, where structure is denser than in weights.
    package mutating func overwritten(atMost most: Int, front: Double = 1) -> [UInt8] {
        var bytes = whole
        for _ in 0...draw(most) {
            let isInFront = draw(2) == 0
            bytes[draw(isInFront ? Int(Double(whole.count) * front) : whole.count)] = UInt8(draw(256))
        }
        return bytes
    }

    /// The file with one bit flipped, or some.
    /// - Parameter ends: where it's given, the bits lie among so many first or last bytes.
    package mutating func flipped(_ count: Int = 1, ends: Int? = nil) -> [UInt8] {
        var bytes = whole
        for _ in 0..<count {
            var place = draw(min(ends ?? whole.count, whole.count))
            if ends != nil, draw(2) == 0 { place = whole.count - 1 - place }
            bytes[place] ^= 1 << UInt8(draw(8))
        }
        return bytes
    }
}

extension [UInt8] {
    /// A copy with one bit flipped, counted from the lowest of the first byte.
    package func flipping(bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << UInt8(bit % 8)
        return copy
    }
}

/// Runs `body`, which may refuse by an `OsteonError`; any other error passes on.
/// - Returns: the error it refused with.
@discardableResult
package func refusal(_ body: () throws -> Void) throws -> OsteonError? {
    do { try body() } catch let error as OsteonError { return error }
    return nil
}
