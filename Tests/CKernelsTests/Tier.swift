import Bytes
import CKernels
import Testing

/// A set of inner loops that this processor can run.
struct Tier: Sendable, CustomTestStringConvertible {
    let name: String
    private let isa: UInt32

    var ops: UnsafePointer<osteon_ops> { osteon_ops_for(osteon_isa(rawValue: isa)) }
    var loops: osteon_ops { ops.pointee }
    var lanes: Int { Int(loops.lanes) }
    /// Counts at which a loop over vectors ends otherwise.
    var counts: [Int] { [0, 1, lanes - 1, lanes, lanes + 1, 2 * lanes + 3, 67] }
    var testDescription: String { name }

    static let available: [Tier] = [("scalar", OSTEON_ISA_SCALAR), ("AVX2", OSTEON_ISA_AVX2), ("AVX-512", OSTEON_ISA_AVX512)]
        .filter { $0.1.rawValue <= osteon_detect_isa().rawValue }.map { Tier(name: $0.0, isa: $0.1.rawValue) }
}

/// What `body` writes into memory for `count` elements that begins `shift` elements after a vector's place and lies between known
/// elements, which must stay.
func written<T: Equatable>(
    _ count: Int, shift: Int = 0, over fill: T, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (UnsafeMutablePointer<T>) -> Void
) throws -> [T] {
    let before = 64 + shift
    var memory = [T](repeating: fill, count: before + count + 64)
    memory.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { body(start + before) }
    }
    let isKept = (memory.prefix(before) + memory.suffix(64)).allSatisfy { $0 == fill }
    #expect(isKept, "something was written outside", sourceLocation: sourceLocation)
    return Array(memory[before..<before + count])
}

/// Numbers between −reach and reach, the same for the same seed.
func noise(_ count: Int, seed: UInt64 = 1, reach: Float = 4) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in (Float(random.next() >> 40) / 0x1p23 - 1) * reach }
}

/// Whether floats are equal but for `ulps` units in the last place (of 1 at least); NaN equals NaN.
func isClose(_ got: [Float], _ wanted: [Double], ulps: Double = 8) -> Bool {
    got.count == wanted.count
        && zip(got, wanted).allSatisfy { got, wanted in
            let got = Double(got)
            return got == wanted || got.isNaN && wanted.isNaN || abs(got - wanted) <= ulps * 0x1p-23 * max(1, abs(wanted))
        }
}
