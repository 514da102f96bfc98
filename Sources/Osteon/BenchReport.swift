import Bytes
import Engine

/// What `osteon bench` reports.
public struct BenchReport: Sendable {
    /// One node's share.
    public struct Row: Sendable {
        public var node: String
        public var op: String
        public var kernel: String
        /// The mean of the runs that count.
        public var milliseconds: Double
        /// Of the time all nodes took.
        public var share: Double
        /// 0 where a node has no multiply-accumulates.
        public var gigaflops: Double
    }

    public var result: Benchmark.Result
    public var loadMilliseconds: Double
    public var isa: String
    public var threads: Int
    /// Of the median run; a multiply-accumulate is two operations.
    public var gigaflops: Double
    /// Slowest first.
    public var rows: [Row]

    public init(plan: Plan, result: Benchmark.Result, profile: Profile, loadMilliseconds: Double) {
        self.result = result
        self.loadMilliseconds = loadMilliseconds
        isa = plan.isa.rawValue
        threads = plan.threads
        let total = profile.entries.reduce(0.0) { $0 + Double($1.nanoseconds) }
        rows = profile.entries.map { entry in
            let nanoseconds = Double(entry.nanoseconds) / Double(max(entry.runs, 1))
            return Row(
                node: entry.node, op: entry.op, kernel: entry.kernel, milliseconds: nanoseconds / 1e6,
                share: total > 0 ? Double(entry.nanoseconds) / total : 0,
                gigaflops: nanoseconds > 0 ? 2 * Double(entry.multiplyAccumulates) / nanoseconds : 0)
        }
        rows.sort { ($1.milliseconds, $0.node) < ($0.milliseconds, $1.node) }
        let work = plan.report.reduce(0.0) { $0 + Double($1.multiplyAccumulates) }
        gigaflops = result.median > 0 ? 2 * work / (result.median * 1e6) : 0
    }

    public var json: JSONValue {
        .record([
            ("schema", .string("osteon.bench.1")),
            (
                "latency_ms",
                .record([("min", .number(result.minimum)), ("median", .number(result.median)), ("p95", .number(result.percentile95))])
            ),
            ("runs", .integer(result.runs)), ("warm_up_ms", .number(result.warmUp)), ("load_ms", .number(loadMilliseconds)),
            ("peak_bytes", .integer(result.peakByteCount)), ("gflops", .number(gigaflops)), ("isa", .string(isa)),
            ("precision", .string("fp32")), ("threads", .integer(threads)),
            (
                "layers",
                .array(
                    rows.map { row in
                        .record([
                            ("name", .string(row.node)), ("operator", .string(row.op)), ("kernel", .string(row.kernel)),
                            ("ms", .number(row.milliseconds)), ("gflops", .number(row.gigaflops)),
                        ])
                    })
            ),
        ])
    }
}
