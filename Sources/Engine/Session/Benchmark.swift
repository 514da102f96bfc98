import Bytes
import Tensors

/// Times a plan: one run to warm up, then so many that count.
package enum Benchmark {
    /// Times in milliseconds, memory in bytes.
    package struct Result: Sendable {
        package var minimum: Double
        package var median: Double
        /// 95th percentile, by the nearest-rank method.
        package var percentile95: Double
        /// The first run, which brings the memory into being.
        package var warmUp: Double
        package var runs: Int
        /// The largest resident size the process has had.
        package var peakByteCount: Int
        package var outputs: [String: Tensor]
    }

    package static func measure(
        _ plan: Plan, _ inputs: [String: Tensor], runs: Int, profile: Profile? = nil
    ) throws(OsteonError) -> Result {
        guard runs > 0 else { throw OsteonError(.usage, "A benchmark needs one run at least.") }
        let session = try Session(plan)
        let watch = Stopwatch()
        var outputs = try session.run(inputs)
        let warmUp = watch.seconds * 1e3
        var times: [Double] = []
        for _ in 0..<runs {
            let watch = Stopwatch()
            outputs = try session.run(inputs, profile: profile)
            times.append(watch.seconds * 1e3)
        }
        times.sort()
        let middle = times.count / 2
        let median = times.count % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2
        let rank = min(times.count - 1, Int((0.95 * Double(times.count)).rounded(.up)) - 1)
        return Result(
            minimum: times[0], median: median, percentile95: times[rank], warmUp: warmUp, runs: runs,
            peakByteCount: ProcessFigures.peakByteCount, outputs: outputs)
    }
}
