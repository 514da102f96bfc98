import Bytes

extension SpatialWindow.ResolvedAxis {
    /// An axis of one place that a window passes over without effect.
    static let single = SpatialWindow.ResolvedAxis(
        input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0)

    /// Three axes, with single ones in front where there are fewer: one loop nest serves 1D to 3D.
    static func three(_ axes: [SpatialWindow.ResolvedAxis]) -> [SpatialWindow.ResolvedAxis] {
        [SpatialWindow.ResolvedAxis](repeating: .single, count: max(0, 3 - axes.count)) + axes
    }

    /// Which kernel places of each output place fall inside the input.
    func taps() throws(OsteonError) -> [SpatialTaps] {
        try MemoryBudget.current.check(output, of: MemoryLayout<SpatialTaps>.stride)
        return (0..<output).map { place in
            let start = place * stride - padBegin
            let low = start >= 0 ? 0 : ceilingDivide(-start, dilation)
            let high = start >= input ? 0 : min(kernel, ceilingDivide(input - start, dilation))
            let paddedEnd = input + padEnd
            let highPadded = start >= paddedEnd ? 0 : min(kernel, ceilingDivide(paddedEnd - start, dilation))
            return SpatialTaps(start: start, low: min(low, kernel), high: max(high, min(low, kernel)), padded: highPadded)
        }
    }
}

/// The kernel places of one output place along one axis that fall inside the input: `low ..< high`.
struct SpatialTaps {
    /// The input place under the first kernel place; may be negative.
    var start: Int
    var low: Int
    var high: Int
    /// How many kernel places lie before the end of the end padding.
    var padded: Int
}

/// `a / b` rounded up, for `a` from 0 and `b` from 1; doesn't overflow.
func ceilingDivide(_ a: Int, _ b: Int) -> Int { a / b + (a % b == 0 ? 0 : 1) }
