import Bytes
import Foundation
import Quantization
import Tensors
import Testing

@Suite struct HistogramTests {
    /// A value's statistics after samples of these elements.
    static func statistics(_ samples: [[Float]]) throws -> ValueStatistics {
        var result = ValueStatistics()
        for sample in samples { result.add(try Tensor(sample, shape: [1, 1, sample.count]), wantsHistogram: true, threads: 2) }
        return result
    }

    static func noise(_ count: Int, scale: Float = 1) -> [Float] {
        var random = SplitMix64(seed: 1)
        return (0..<count).map { _ in
            var sum: Float = 0
            for _ in 0..<12 {
                sum += Float(random.next() >> 40) / Float(1 << 24)
            }
            return (sum - 6) * scale
        }
    }

    @Test func countsEveryElementOnceWhateverTheOrder() throws {
        let small = Self.noise(5000, scale: 0.01)
        let large = Self.noise(3000, scale: 100)
        let one = try Self.statistics([small, large]).histogram
        let other = try Self.statistics([large, small]).histogram
        #expect(one.total == 8000)
        #expect(one.width == other.width)
        #expect(one.counts.count <= ValueHistogram.capacity)
        // What lies in a bin lies between its bounds.
        let within = large.filter { $0 >= 0 && Double($0) < one.width }.count + small.filter { $0 >= 0 && Double($0) < one.width }.count
        #expect(one.counts[-one.first] == UInt64(within))
    }

    @Test func leavesOutWhatIsNotFinite() throws {
        let statistics = try Self.statistics([[1, .nan, -2, .infinity, 0]])
        #expect(statistics.notFiniteCount == 2)
        #expect(statistics.histogram.total == 3)
        #expect(statistics.low == -2 && statistics.high == 1)
    }

    @Test func extremesOfEveryMagnitudeFit() throws {
        for samples in [[[Float]]]([[[1e30, -1e-30]], [[0, 0]], [[1e-38]], [[-3]], [[1e-20], [3e38]]]) {
            let histogram = try Self.statistics(samples).histogram
            #expect(histogram.total == UInt64(samples.reduce(0) { $0 + $1.count }))
            #expect(histogram.counts.count <= ValueHistogram.capacity)
        }
    }

    @Test func rangesHoldZeroExactly() throws {
        for (low, high) in [(-1.0, 3.0), (0.5, 2), (-4, -1), (0, 0)] {
            for symmetric in [false, true] {
                let made = AffineQuantization(low: low, high: high, symmetric: symmetric)
                #expect(made.rounded(0) == 0)
                #expect(made.levels.contains(made.zeroPoint))
                #expect(made.elementType == (symmetric ? .i8 : .u8))
                #expect(abs(made.rounded(high) - high) <= Double(made.scale))
            }
        }
    }

    @Test func leastSquaredErrorClipsALongTail() throws {
        var values = Self.noise(100_000)
        values.append(60)
        let statistics = try Self.statistics([values])
        let search = RangeSearch(statistics: statistics, symmetric: true)
        let plain = search.quantization(.minmax)
        let clipped = search.quantization(.mse)
        #expect(plain.highest > 59)
        // (60 − c)² + 100,000 · (2c / 254)² / 12 is least at c = 39.5.
        #expect(abs(clipped.highest - 39.5) < 1)
        #expect(search.squaredError(clipped) < 0.75 * search.squaredError(plain))
        // The error of the histogram is that of the elements.
        let exact = values.reduce(0.0) { $0 + pow(Double($1) - clipped.rounded(Double($1)), 2) }
        #expect(abs(search.squaredError(clipped) - exact) < 0.05 * exact)
    }

    @Test func everyMethodGivesAUsableRange() throws {
        let skewed = Self.noise(20_000).map { $0 > 0 ? 4 * $0 : $0 / 10 }
        let statistics = try Self.statistics([skewed, skewed.map { $0 / 2 }])
        for method in CalibrationMethod.allCases {
            for symmetric in [false, true] {
                let made = RangeSearch(statistics: statistics, symmetric: symmetric).quantization(method)
                #expect(made.highest > 4 && made.highest < 30, "\(method)")
                #expect(made.scale > 0)
            }
        }
        let asymmetric = RangeSearch(statistics: statistics, symmetric: false).quantization(.minmax)
        #expect(asymmetric.zeroPoint < 20)
    }

    @Test func percentilesLeaveTheOutermostOut() throws {
        var values = Self.noise(1_000_000)
        values[17] = 500
        let statistics = try Self.statistics([values])
        #expect(RangeSearch(statistics: statistics, symmetric: false).quantization(.percentile).highest < 7)
    }
}
