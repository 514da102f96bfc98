import CKernels
import Glibc
import Tensors

/// Counts of a value's elements by magnitude, in bounded memory.
///
/// The bins are as wide as the smallest power of two that fits 0 and the range seen so far into `capacity` bins, and aligned
/// to multiples of it, so that the counts hardly depend on the order in which tensors come.
package struct ValueHistogram: Sendable {
    package static let capacity = 8192

    /// The number of elements in each bin, from `first` on.
    package private(set) var counts: [UInt64] = []
    /// Bin `i` holds `(first + i) · width ..< (first + i + 1) · width`.
    package private(set) var first = 0
    package private(set) var width = 0.0

    package init() {}

    package var total: UInt64 { counts.reduce(0, +) }

    /// The middle of bin `i`.
    func middle(_ i: Int) -> Double { (Double(first + i) + 0.5) * width }

    /// Counts the finite elements of `x`, all of which lie in `low ... high`.
    mutating func add(_ x: Span<Float>, low: Float, high: Float, threads: Int) {
        guard !x.isEmpty else { return }
        cover(Double(low), Double(high))
        unsafe x.withUnsafeBufferPointer {
            unsafe osteon_count_bins($0.baseAddress, $0.count, Float(width), Int64(first), counts.count, &counts, Int32(clamping: threads))
        }
    }

    /// Widens the bins until `low ... high` and 0 fit.
    private mutating func cover(_ low: Double, _ high: Double) {
        let low = min(low, Double(first) * width, 0)
        let high = max(high, (Double(first + counts.count) - 0.5) * width, 0)
        if width == 0 {
            let span = max(high - low, 1e-30)
            width = exp2(log2(span / Double(Self.capacity)).rounded(.down))
        }
        while (high / width).rounded(.down) - (low / width).rounded(.down) >= Double(Self.capacity) { halve() }
        let newFirst = Int((low / width).rounded(.down))
        let newLast = Int((high / width).rounded(.down))
        if counts.isEmpty { first = newFirst }
        if newFirst < first {
            counts.insert(contentsOf: repeatElement(0, count: first - newFirst), at: 0)
            first = newFirst
        }
        if newLast >= first + counts.count {
            counts.append(contentsOf: repeatElement(0, count: newLast - first - counts.count + 1))
        }
    }

    /// Doubles the width: neighbouring bins become one.
    private mutating func halve() {
        width *= 2
        guard !counts.isEmpty else { return }
        let newFirst = Self.half(first)
        let newLast = Self.half(first + counts.count - 1)
        var merged = [UInt64](repeating: 0, count: newLast - newFirst + 1)
        for (i, count) in counts.enumerated() { merged[Self.half(first + i) - newFirst] += count }
        counts = merged
        first = newFirst
    }

    private static func half(_ bin: Int) -> Int { bin >> 1 }

    /// The value below which a share `q` of the elements lies, to the width of a bin.
    package func quantile(_ q: Double) -> Double {
        let wanted = q * Double(total)
        var seen = 0.0
        for (i, count) in counts.enumerated() where count > 0 {
            if seen + Double(count) >= wanted {
                return (Double(first + i) + (wanted - seen) / Double(count)) * width
            }
            seen += Double(count)
        }
        return Double(first + counts.count) * width
    }
}
